import { expect, test } from 'vitest';
import { END, isAskedFor, isOfSandbox, tarName } from './layout.ts';

const TURN = '0123456789abcdef';

test('a requested file is never one of the end, which alone comes before the disk', () => {
  // Otherwise a diff would remove the tar that a machine writes at its end, or its tar could pass for that one.
  for (const name of [tarName(END, 0), `${tarName(END, 12)}.part`]) {
    expect([isAskedFor(name), isOfSandbox(name)]).toEqual([false, true]);
  }
  for (const name of [tarName(TURN, 0), `${tarName(TURN, 12)}.part`]) {
    expect([isAskedFor(name), isOfSandbox(name)]).toEqual([true, false]);
  }
});

test.each([
  '../keys',
  'end-0.tar.x',
  'x-0.tar',
  `${TURN}-0`,
  `${TURN}-0.tar\n`,
  `..${TURN}-0.tar`,
  'end-0.tar\n',
])('no file of ours is called %j', (name) => {
  expect([isAskedFor(name), isOfSandbox(name)]).toEqual([false, false]);
});
