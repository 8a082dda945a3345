import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BottleError } from '../../errors.ts';
import { digestOf, MAX_MANIFEST_BYTES, ownershipFault, readManifestFile } from './read.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manifest-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const read = async (name: string) => await readManifestFile(at(name), 'project', name);

async function refusal(name: string): Promise<BottleError> {
  const error: unknown = await read(name).then(
    () => new Error('accepted'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BottleError)) throw error;
  expect(error.code).toBe('manifest');
  return error;
}

test('reading returns the bytes, their hash and the real path', async () => {
  mkdirSync(at('real'));
  symlinkSync('real', at('link'));
  writeFileSync(at('real/m.yaml'), 'bottles: {}\n');
  const file = await read('link/m.yaml');
  expect(Buffer.from(file.bytes).toString()).toBe('bottles: {}\n');
  expect(file.digest).toBe(digestOf(Buffer.from('bottles: {}\n')));
  expect(file.path).toBe(at('real/m.yaml'));
});

describe('what is no manifest', () => {
  test('a missing manifest is refused', async () => {
    expect((await refusal('m.yaml')).message).toBe('m.yaml is not there');
  });

  test('a manifest below a file is refused', async () => {
    writeFileSync(at('f'), '');
    expect((await refusal('f/m.yaml')).message).toBe('f/m.yaml is not there: a part of its path is a file');
  });

  test('a folder is refused as a manifest', async () => {
    mkdirSync(at('m.yaml'));
    expect((await refusal('m.yaml')).message).toBe('m.yaml is a folder, not a file');
  });

  test('a symbolic link is refused as a manifest, wherever it leads', async () => {
    writeFileSync(at('other.yaml'), 'bottles: {}\n');
    symlinkSync('other.yaml', at('m.yaml'));
    symlinkSync('nowhere', at('dangling.yaml'));
    const is = 'is a symbolic link; a project’s manifest must be the file itself';
    expect((await refusal('m.yaml')).message).toBe(`m.yaml ${is}`);
    expect((await refusal('dangling.yaml')).message).toBe(`dangling.yaml ${is}`);
  });

  test('a pipe is refused as a manifest, without waiting', async () => {
    execFileSync('mkfifo', [at('m.yaml')]);
    expect((await refusal('m.yaml')).message).toBe('m.yaml is a pipe, not a file');
  });

  test('a socket is refused as a manifest', async () => {
    const server = createServer().listen(at('m.yaml'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect((await refusal('m.yaml')).message).toBe('m.yaml is a socket, not a file');
    server.close();
  });

  test('a device is refused as a manifest', async () => {
    await expect(readManifestFile('/dev/zero', 'project', '/dev/zero')).rejects.toThrow(
      '/dev/zero is a device or a socket, not a file',
    );
  });

  test('a file above the size limit is refused as a manifest, and one below is read', async () => {
    writeFileSync(at('m.yaml'), '#'.repeat(MAX_MANIFEST_BYTES));
    expect((await read('m.yaml')).bytes).toHaveLength(MAX_MANIFEST_BYTES);
    writeFileSync(at('m.yaml'), '#'.repeat(MAX_MANIFEST_BYTES + 1));
    expect((await refusal('m.yaml')).message).toBe('m.yaml is larger than 128 KiB');
  });

  test('a file without a size, as in /proc, is read to its end', async () => {
    expect((await readManifestFile('/proc/self/limits', 'project', 'x')).bytes.length).toBeGreaterThan(0);
  });

  test('reading writes nothing nearby', async () => {
    await refusal('m.yaml');
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a file that replaces one that was read changes nothing', async () => {
  writeFileSync(at('m.yaml'), 'bottles: {}\n');
  writeFileSync(at('evil.yaml'), 'agents: {}\n');
  const file = await read('m.yaml');
  renameSync(at('evil.yaml'), at('m.yaml'));
  expect(digestOf(file.bytes)).toBe(file.digest);
  expect(Buffer.from(file.bytes).toString()).toBe('bottles: {}\n');
  expect((await read('m.yaml')).digest).not.toBe(file.digest);
});

describe('the user’s own manifest', () => {
  test("the user's own manifest may be a symbolic link", async () => {
    writeFileSync(at('dotfile.yaml'), 'bottles: {}\n', { mode: 0o600 });
    symlinkSync('dotfile.yaml', at('m.yaml'));
    expect((await readManifestFile(at('m.yaml'), 'user', 'm.yaml')).path).toBe(at('dotfile.yaml'));
  });

  test("the user's own manifest may not be writable for others", async () => {
    writeFileSync(at('m.yaml'), 'bottles: {}\n', { mode: 0o600 });
    execFileSync('chmod', ['g+w', at('m.yaml')]);
    await expect(readManifestFile(at('m.yaml'), 'user', 'm.yaml')).rejects.toMatchObject({
      message: 'm.yaml can be written by others',
      fix: `chmod go-w ${at('m.yaml')}`,
    });
  });

  test("the user's own manifest belongs to the user or the system", () => {
    expect(ownershipFault({ uid: 1000, mode: 0o100644 }, 1000)).toBeUndefined();
    expect(ownershipFault({ uid: 0, mode: 0o100644 }, 1000)).toBeUndefined();
    expect(ownershipFault({ uid: 1001, mode: 0o100644 }, 1000)?.is).toContain('another user');
    expect(ownershipFault({ uid: 1000, mode: 0o100644 }, 0)?.is).toContain('another user');
    expect(ownershipFault({ uid: 1000, mode: 0o100646 }, 1000)?.is).toContain('written by others');
  });
});
