import { expect, test } from 'vitest';
import { TRAPS as OF_APPLE } from '../apple/traps.ts';
import { TRAPS as OF_NERDCTL } from '../nerdctl/traps.ts';
import { wronglyTested } from './traps.testing.ts';

const PLACES = {
  apple: [
    ['src/drivers/apple', /\.test\.ts$/],
    ['test/integration/stand-ins', /^apple-traps.*\.test\.ts$/],
  ],
  nerdctl: [
    ['src/drivers/nerdctl', /\.test\.ts$/],
    ['test/e2e/kata', /^kata-nerdctl.*\.test\.ts$/],
  ],
} as const;

test.each([
  ['apple', OF_APPLE],
  ['nerdctl', OF_NERDCTL],
] as const)('each trap of %s has one test with its name', (engine, traps) => {
  const [first] = traps;
  if (first === undefined) throw new Error('there are traps');
  expect(wronglyTested(traps, PLACES[engine])).toEqual([]);
  expect(wronglyTested([{ id: 'no-such-trap' }, first, first], PLACES[engine])).toEqual([
    'no-such-trap',
    first.id,
  ]);
});
