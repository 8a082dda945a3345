import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bootId } from '../../../host/system/boot.ts';
import { exclusively } from '../../image/exclusively.ts';
import {
  basesDir,
  kernelsDir,
  lockOf,
  partOfStaging,
  SAVING,
  savedDir,
  stagingOf,
  unusedParts,
  savedPrefix,
} from './cache.ts';

test('a cached folder is known by its name, and no other counts', () => {
  const path = join(basesDir(), 'image-1.erofs');
  expect(partOfStaging(stagingOf(path))).toBe(path);
  expect(lockOf(path)).toBe('image-1.erofs');
  const others = [path, `${path}.sha256`, join(kernelsDir(), 'newest.txt'), stagingOf(join(savedDir(), 'a'))];
  for (const other of others) expect(partOfStaging(other)).toBeUndefined();
});

test('a half saved machine is removed at once, but not while it is being saved', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'bot-bottle-kept-'));
  vi.stubEnv('XDG_CACHE_HOME', cache);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true });
  });
  const whole = join(savedDir(), `${savedPrefix(await bootId())}whole`);
  const half = `${whole}.work`;
  for (const dir of [whole, half]) mkdirSync(dir, { recursive: true });
  const work = { progress: () => undefined, signal: new AbortController().signal };
  expect(await exclusively(SAVING, work, unusedParts)).toEqual([]);
  expect(await unusedParts()).toEqual([half]);
});
