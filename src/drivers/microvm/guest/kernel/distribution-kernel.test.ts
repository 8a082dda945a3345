import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ensureDistributionKernel } from './distribution-kernel.ts';
import { kernelsDir } from '../cache.ts';
import { MADE_OF } from './make-kernel.ts';

/** Arguments of apt. Stand-ins for apt-cache(8) and apt-get(8) record them. No download succeeds. */

let dir: string;
const said = (): string => {
  const path = join(dir, 'asked');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
const newestPath = (): string => join(kernelsDir(), 'newest.txt');
const writeProgram = (name: string, script: string): void =>
  writeFileSync(join(dir, name), `#!/bin/sh\necho "\${0##*/} $*" >>${dir}/asked\n${script}\n`, {
    mode: 0o755,
  });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bot-bottle-kernel-'));
  vi.stubEnv('XDG_CACHE_HOME', join(dir, 'cache'));
  vi.stubEnv('PATH', `${dir}:${process.env['PATH'] ?? ''}`);
  mkdirSync(kernelsDir(), { recursive: true });
  writeProgram('apt-cache', 'echo "  Depends: linux-image-9"');
  writeProgram('apt-get', 'exit 100');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

const ensure = async (signal = new AbortController().signal) =>
  await ensureDistributionKernel({ progress: () => undefined, signal });

test('a cached kernel name without its kernel is not used, and no name outlives a failed download', async () => {
  writeFileSync(newestPath(), 'linux-image-gone');
  await expect(ensure()).rejects.toMatchObject({ code: 'dependencyMissing' });
  expect(said()).toMatch(/^apt-cache .+\napt-get download linux-image-9\n$/);
  expect(existsSync(newestPath())).toBe(false);
});

test('no cached kernel name outlives an interrupted download', async () => {
  const user = new AbortController();
  writeProgram('apt-get', 'exec sleep 60');
  const kernel = ensure(user.signal);
  await expect.poll(said).toContain('apt-get download');
  user.abort(new Error('by the user'));
  await expect(kernel).rejects.toThrow('by the user');
  expect(existsSync(newestPath())).toBe(false);
});

test('a cached name whose kernel is here is used without asking apt', async () => {
  writeFileSync(newestPath(), 'linux-image-8');
  mkdirSync(join(kernelsDir(), `linux-image-8-${MADE_OF}`));
  await expect(ensure()).rejects.toThrow(/linux-image-8/); // an empty folder is no kernel
  expect(said()).toBe('');
});
