import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BottleError } from '../errors.ts';
import { isDiskFull, keepReserve, withReserve } from './reserve.ts';

let path: string;
beforeEach(() => {
  const dir = mkdtempSync(join(tmpdir(), 'reserve-'));
  vi.stubEnv('XDG_STATE_HOME', dir);
  path = join(dir, 'bot-bottle', 'reserve');
});
afterEach(() => void vi.unstubAllEnvs());

const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

test('a write on a full disk gets the reserve, once', async () => {
  await keepReserve();
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(4 * 1024 ** 2);
  expect(await withReserve(async () => (existsSync(path) ? await Promise.reject(full) : 'written'))).toBe(
    'written',
  );
  await expect(withReserve(async () => await Promise.reject(full))).rejects.toBe(full);
  await keepReserve();
  expect(existsSync(path)).toBe(true);
});

test('another failure leaves the reserve alone', async () => {
  await keepReserve();
  const other = new BottleError('usage', 'something else', { fix: 'nothing' });
  await expect(withReserve(async () => await Promise.reject(other))).rejects.toBe(other);
  expect(existsSync(path)).toBe(true);
});

test('a full disk is recognised by the cause of an error', () => {
  expect(isDiskFull(new BottleError('usage', 'x', { fix: 'y', cause: full }))).toBe(true);
  expect(isDiskFull(new Error('ENOSPC'))).toBe(false);
});
