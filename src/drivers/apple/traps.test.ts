import { expect, test } from 'vitest';
import { untested } from '../attached/traps.testing.ts';
import { TRAPS } from './traps.ts';

test('each trap has a test of its name, and there are no two of one', () => {
  const places = [
    ['src/drivers/apple', /\.test\.ts$/],
    ['test/integration', /^apple-traps.*\.test\.ts$/],
  ] as const;
  expect(untested(TRAPS, places)).toEqual([]);
  expect(untested([{ ...TRAPS[0], id: 'no-such-trap' } as (typeof TRAPS)[number]], places)).toEqual([
    'no-such-trap',
  ]);
  expect(new Set(TRAPS.map(({ id }) => id)).size).toBe(TRAPS.length);
});
