import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runtimesIn, suitedKata, textOfRoot } from './suited.ts';

const SHIM = 'containerd-shim-kata-v2';
const line = (version: string): string =>
  `Kata Containers containerd shim (Golang): id: "io.containerd.kata.v2", version: ${version}, commit: 0`;
let folder: string;

/** Makes a shim in a separate folder that runs this script. */
function shimIn(name: string, script: string): string {
  const dir = join(folder, name);
  mkdirSync(dir);
  writeFileSync(join(dir, SHIM), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, SHIM), 0o755);
  return dir;
}
let registered: string;
let inPath: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bb-kata-suited-'));
  registered = shimIn('registered', `echo '${line('3.20.0')}'`);
  inPath = shimIn('in-path', `echo '${line('4.1.0')}'`);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

describe('versions of Kata', () => {
  const runtimes = () => ({ kata: { runtimeType: join(registered, SHIM) } });

  it('a registered Kata that is too old is refused', async () => {
    vi.stubEnv('PATH', `${inPath}:${process.env['PATH'] ?? ''}`);
    expect(await suitedKata(runtimes(), '28.5.1')).toMatchObject({
      reason: expect.stringContaining('Kata 3.20.0') as string,
    });
  });

  it('a registered Kata gives way to the one that the user names', async () => {
    vi.stubEnv('BOT_BOTTLE_KATA_RUNTIME', 'kata-runtime');
    expect(await suitedKata(runtimes(), '28.5.1')).toMatchObject({
      reason: expect.stringContaining('since Kata 2.0') as string,
    });
  });

  it('an absent registration has no fault', async () => {
    expect(await suitedKata({ runc: { path: 'runc' } }, '28.5.1')).toBeUndefined();
  });
});

const REGISTERED_SHIM = '/opt/kata/bin/containerd-shim-kata-v2';

describe('the settings file of dockerd', () => {
  let dir: string;
  let path: string;
  let uid: number;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'settings-'));
    path = join(dir, 'daemon.json');
    writeFileSync(path, '{}', { mode: 0o644 });
    ({ uid } = statSync(path));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('the settings file counts if only root can write it', () => {
    expect(textOfRoot(path, uid)).toBe('{}');
  });

  it.each([
    ['is another user’s', 0o644, 1],
    ['can be written by its group', 0o664, 0],
    ['can be written by anybody', 0o646, 0],
  ])('the settings file does not count where it %s', (_where, mode, owner) => {
    chmodSync(path, mode);
    expect(textOfRoot(path, uid + owner)).toBe('');
    chmodSync(path, 0o644);
  });

  it('a FIFO in place of the settings file does not block, and a missing one does not count', () => {
    execFileSync('mkfifo', ['-m', '644', join(dir, 'fifo')]);
    expect(textOfRoot(join(dir, 'fifo'), uid)).toBe('');
    expect(textOfRoot(join(dir, 'nothing'), uid)).toBe('');
  });
});

describe('runtimes in the settings file', () => {
  it('the settings file has the shims and their options', () => {
    const options = { ConfigPath: '/etc/kata/qemu.toml' };
    const text = JSON.stringify({
      runtimes: { kata: { runtimeType: REGISTERED_SHIM, options }, runsc: { path: '/a' } },
    });
    expect(runtimesIn(text)).toEqual({
      kata: { runtimeType: REGISTERED_SHIM, options },
      runsc: { path: '/a' },
    });
  });

  it.each([[''], ['{'], ['null'], ['{}'], ['{"runtimes":[]}'], ['{"runtimes":7}']])(
    'the settings file has no runtimes in %j',
    (text) => {
      expect(runtimesIn(text)).toEqual({});
    },
  );

  it('entries of a wrong type in the settings file are dropped', () => {
    expect(runtimesIn('{"runtimes":{"kata":{"runtimeType":7,"path":null},"x":1}}')).toEqual({
      kata: {},
      x: {},
    });
  });
});
