import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Roster, type Placed } from './roster.ts';

test('the roster contains exactly the entries that have entered and not left, in any order of events', () => {
  const steps = fc.array(fc.record({ who: fc.nat(9), leaves: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (all) => {
      const everyone = Array.from({ length: 10 }, (): Placed => ({ place: -1 }));
      const [roster, expected] = [new Roster<Placed>(), new Set<Placed>()];
      for (const { who, leaves } of all) {
        const one = everyone[who] ?? { place: -1 };
        const wasThere = expected.delete(one);
        expect(roster.leave(one)).toBe(wasThere);
        if (leaves) continue;
        roster.enter(one);
        expected.add(one);
      }
      expect(new Set(roster.all)).toEqual(expected);
      expect(roster.all.map(({ place }) => place)).toEqual([...roster.all.keys()]);
    }),
  );
});
