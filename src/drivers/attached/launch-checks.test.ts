import { expect, test } from 'vitest';
import { launchChecksIn } from './launch-checks.ts';

const CHECK = { id: 'network.routes', claim: 'no route', evidence: 'none' };

test('the messages of our program are read, and nothing else is kept', () => {
  expect(launchChecksIn(JSON.stringify([{ ...CHECK, more: 1 }]))).toEqual([CHECK]);
});

test.each([
  ['no JSON', 'abc'],
  ['no list', '{}'],
  ['nothing', '[]'],
  ['null', '[null]'],
  ['a part of one', JSON.stringify([CHECK, { id: 'x' }])],
  ['what is no text', JSON.stringify([{ ...CHECK, evidence: {} }])],
  ['too many', JSON.stringify(Array.from({ length: 65 }, () => CHECK))],
])('%s is no message', (_what, said) => {
  expect(launchChecksIn(said)).toBeUndefined();
});
