import { bridgeName } from '../../contracts/host-names.ts';
import { isIPv4 } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bottleOfInnerNetwork,
  dropTableName,
  innerNetworkName,
  outerNetworkName,
  subnetOf,
} from './names.ts';

const ids = fc.stringMatching(/^[a-z0-9-]{1,48}$/);

describe('names', () => {
  it("names fit the kernel's limits and differ", () => {
    fc.assert(
      fc.property(ids, (id) => {
        const [inner, outer] = [innerNetworkName(id), outerNetworkName(id)];
        expect(bridgeName(inner)).toMatch(/^bb-[0-9a-f]{12}$/);
        expect(bridgeName(inner)).not.toBe(bridgeName(outer));
        expect(dropTableName(inner)).toMatch(/^bot_bottle_[0-9a-f]{12}$/);
        expect(bottleOfInnerNetwork(inner)).toBe(id);
        expect(bottleOfInnerNetwork(outer)).toBeUndefined();
      }),
    );
  });
});

describe('subnetOf', () => {
  it('subnetOf returns five addresses of one /29 in the benchmark range', () => {
    fc.assert(
      fc.property(ids, fc.nat({ max: 100_000 }), (id, attempt) => {
        const { cidr, ...named } = subnetOf(id, attempt);
        const base = cidr.replace('/29', '');
        const addresses = Object.values(named);
        expect(isIPv4(base)).toBe(true);
        expect(base).toMatch(/^198\.1[89]\./);
        expect(Number(base.split('.')[3]) % 8).toBe(0);
        expect(new Set([base, ...addresses]).size).toBe(5);
        for (const address of addresses) {
          expect(address.split('.').slice(0, 3)).toEqual(base.split('.').slice(0, 3));
          expect(Number(address.split('.')[3]) >> 3).toBe(Number(base.split('.')[3]) >> 3);
        }
      }),
    );
  });

  it('subnetOf tries every subnet before it repeats one', () => {
    const seen = new Set(Array.from({ length: 16_384 }, (_, attempt) => subnetOf('x', attempt).cidr));
    expect(seen.size).toBe(16_384);
  });
});
