import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hopsOf, realPlace } from './hops.ts';

const top = realpathSync(mkdtempSync(join(tmpdir(), 'hops-')));
beforeAll(() => {
  mkdirSync(join(top, 'real/sub'), { recursive: true });
  symlinkSync('real', join(top, 'folder'));
  symlinkSync('folder/sub', join(top, 'over'));
  symlinkSync('loop', join(top, 'loop'));
  symlinkSync('nowhere/at/all', join(top, 'broken'));
  symlinkSync('over/../other', join(top, 'up'));
  symlinkSync(join(top, 'folder'), join(top, 'absolute'));
});
afterAll(() => rmSync(top, { recursive: true }));

test('each link on the way is named, and the target comes last', () => {
  const at = (path: string): string => join(top, path);
  expect(hopsOf(at('over/x'))).toEqual([
    at('over/x'),
    at('over'),
    at('folder/sub/x'),
    at('folder'),
    at('real/sub/x'),
    at('real/sub/x'),
  ]);
});

test.each([
  ['real/sub', 'real/sub'],
  ['folder/sub', 'real/sub'],
  ['over', 'real/sub'],
  ['folder/not/there', 'real/not/there'],
  ['broken', 'nowhere/at/all'],
  ['up', 'real/other'], // relative to the target of `over`, as in the kernel
  ['absolute/sub', 'real/sub'],
])('the link %s leads to %s', (path, place) => {
  expect(realPlace(join(top, path))).toBe(join(top, place));
});

test('a loop of links ends', () => {
  expect(realPlace(join(top, 'loop/x'))).toBe(join(top, 'loop/x'));
});
