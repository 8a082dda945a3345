import { describe, expect, it } from 'vitest';
import { isCurrent } from './rung-checks.ts';

describe('isCurrent', () => {
  it('isCurrent keeps a check while its engine reports the same', () => {
    expect(isCurrent({ lookKey: 'runsc --network=host' }, 'runsc --network=host')).toBe(true);
  });

  it.each([
    ['the engine says something else', 'runsc'],
    ['the engine does not answer', undefined],
  ])('isCurrent drops a check when %s', (_what, now) => {
    expect(isCurrent({ lookKey: 'runsc --network=host' }, now)).toBe(false);
  });

  it('isCurrent drops a check of an older version, which noted no engine', () => {
    expect(isCurrent({}, 'runsc')).toBe(false);
    expect(isCurrent({}, undefined)).toBe(false);
  });
});
