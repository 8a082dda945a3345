import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  mkdirSync,
  renameSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readManifestFile, type ManifestFile } from '../text/read.ts';
import { checkTrust, recordTrust } from './trust.ts';

let folder: string;
const stateBefore = process.env['XDG_STATE_HOME'];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trust-'));
  process.env['XDG_STATE_HOME'] = join(folder, 'state');
});
afterEach(() => {
  if (stateBefore === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = stateBefore;
  rmSync(folder, { recursive: true });
});

const NOW = new Date('2026-01-02T03:04:05Z');
const PLAIN = 'bottles: { web: {} }\n';
const LAX = 'bottles: { web: { workspace: mount } }\n';

async function written(content: string, project = 'project'): Promise<ManifestFile> {
  mkdirSync(join(folder, project), { recursive: true });
  writeFileSync(join(folder, project, 'bot-bottle.yaml'), content);
  return await read(project);
}

const read = async (project: string): Promise<ManifestFile> =>
  await readManifestFile(join(folder, project, 'bot-bottle.yaml'), 'project', 'bot-bottle.yaml');

const recordFiles = (): string[] => readdirSync(join(folder, 'state/bot-bottle/trust'));

test("a project's manifest is unknown until it is trusted", async () => {
  const file = await written(PLAIN);
  expect(await checkTrust(file)).toEqual({ status: 'unknown' });
  await recordTrust(file, NOW);
  expect(await checkTrust(file)).toEqual({ status: 'trusted' });
});

test("the user's own manifest is trusted at its place", async () => {
  expect(await checkTrust({ ...(await written(PLAIN)), origin: 'user' })).toEqual({ status: 'trusted' });
});

test('one more byte makes another manifest, and the trusted one can be shown', async () => {
  await recordTrust(await written(PLAIN), NOW);
  const trust = await checkTrust(await written(`${PLAIN}\n`));
  expect(trust).toMatchObject({ status: 'changed' });
  const previous = trust.status === 'changed' ? trust.previous.bytes : undefined;
  expect(Buffer.from(previous ?? []).toString()).toBe(PLAIN);
});

test('the same content at another place is another manifest', async () => {
  await recordTrust(await written(PLAIN), NOW);
  expect(await checkTrust(await written(PLAIN, 'elsewhere'))).toEqual({ status: 'unknown' });
});

test('a project in place of a trusted one is not trusted for it', async () => {
  await recordTrust(await written(PLAIN), NOW);
  await written(LAX, 'evil');
  renameSync(join(folder, 'project'), join(folder, 'old'));
  renameSync(join(folder, 'evil'), join(folder, 'project'));
  expect(await checkTrust(await read('project'))).toMatchObject({ status: 'changed' });
});

test('an older, laxer manifest must be trusted again', async () => {
  const lax = await written(LAX);
  await recordTrust(lax, NOW);
  await recordTrust(await written(PLAIN), NOW);
  expect(await checkTrust(lax)).toMatchObject({ status: 'changed' });
});

test('the content that was shown is trusted, not the later file', async () => {
  const shown = await written(PLAIN);
  const swapped = await written(LAX);
  await recordTrust(shown, NOW);
  expect(await checkTrust(shown)).toEqual({ status: 'trusted' });
  expect(await checkTrust(swapped)).toMatchObject({ status: 'changed' });
});

describe('a record that is damaged counts as none', () => {
  const damage = (change: (record: Record<string, unknown>) => unknown) => {
    const path = join(folder, 'state/bot-bottle/trust', recordFiles()[0] ?? '');
    writeFileSync(
      path,
      JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)),
    );
  };

  test.each<[string, (record: Record<string, unknown>) => unknown]>([
    ['the digest of another content', (record) => ({ ...record, content: LAX })],
    ['another path', (record) => ({ ...record, path: '/elsewhere' })],
    ['a missing field', (record) => ({ ...record, digest: undefined })],
    ['another type', () => [1, 2]],
    ['nothing', () => null],
  ])('a damaged record of trust counts as none: %s', async (_, change) => {
    const file = await written(PLAIN);
    await recordTrust(file, NOW);
    damage(change);
    expect(await checkTrust(file)).toEqual({ status: 'unknown' });
  });

  test('half a record of trust counts as none', async () => {
    const file = await written(PLAIN);
    await recordTrust(file, NOW);
    const path = join(folder, 'state/bot-bottle/trust', recordFiles()[0] ?? '');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 40));
    expect(await checkTrust(file)).toEqual({ status: 'unknown' });
  });
});

test('records of trust can be read by their owner only', async () => {
  await recordTrust(await written(PLAIN), NOW);
  expect(statSync(join(folder, 'state/bot-bottle/trust', recordFiles()[0] ?? '')).mode & 0o077).toBe(0);
  expect(statSync(join(folder, 'state/bot-bottle/trust')).mode & 0o077).toBe(0);
});
