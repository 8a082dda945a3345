import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Trail, type TrailPlace } from './trail.ts';

const PIECES = Array.from('Qm7xT2vKp9RwZ4sL');
const MAX_PLACES = 256;

const URL_PLACE = { kind: 'whole', name: 'a.test url' } as const;
const BODY = { kind: 'whole', name: 'a.test body' } as const;
const HEADER = { kind: 'header', name: 'a.test header:x-note' } as const;
const PARAMETER = { kind: 'parameter', name: 'a.test url c' } as const;

const trail = (): Trail => new Trail(1024);

/** Whether the pieces were seen together, when they went there with something else before each. */
function isJoined(by: Trail, place: TrailPlace, between: (at: number) => void): boolean {
  const whole = PIECES.join('');
  return PIECES.map((piece, at) => {
    between(at);
    return by.join(place, piece, 0);
  }).some((texts) => texts.some(({ text }) => text.includes(whole.slice(0, 12))));
}

/** Places that nobody has used before. */
const flood = (by: Trail, kind: TrailPlace['kind'], [from, to]: readonly [number, number]): void => {
  for (let index = from; index < to; index += 1) by.join({ kind, name: `a.test new ${index}` }, 'x', 0);
};

describe('with 64 new names of parameters, and of headers, before each piece', () => {
  test.each([URL_PLACE, BODY])('$name is remembered', (place) => {
    const by = trail();
    const seen = isJoined(by, place, (at) => {
      flood(by, 'parameter', [64 * at, 64 * (at + 1)]);
      flood(by, 'header', [64 * at, 64 * (at + 1)]);
    });
    expect(seen).toBe(true);
  });

  test.each([
    [HEADER, 'parameter'],
    [PARAMETER, 'header'],
  ] as const)('$name is remembered beside another kind', (place, kind) => {
    const by = trail();
    expect(isJoined(by, place, (at) => flood(by, kind, [64 * at, 64 * (at + 1)]))).toBe(true);
  });
});

test.each(['whole', 'header', 'parameter'] as const)(
  'of too many of one kind (%s) the one that was used longest ago is forgotten',
  (kind) => {
    const used = { kind, name: 'used' };
    const unused = { kind, name: 'unused' };
    const by = trail();
    for (const piece of PIECES) for (const place of [unused, used]) by.join(place, piece, 0);
    flood(by, kind, [0, MAX_PLACES - 2]);
    expect(by.join(used, 'z', 0)).not.toEqual([]);
    flood(by, kind, [MAX_PLACES, MAX_PLACES + 1]); // one more than there is room for
    expect(by.join(used, 'y', 0)).not.toEqual([]);
    expect(by.join(unused, 'z', 0)).toEqual([]);
    // Bounded, so that the one in use goes too when it was not used for long.
    flood(by, kind, [2 * MAX_PLACES, 3 * MAX_PLACES]);
    expect(by.join(used, 'w', 0)).toEqual([]);
  },
);

test('identifiers that are new in each request are no pieces', () => {
  const by = trail();
  const ids = Array.from({ length: 8 }, () => randomUUID());
  expect(ids.flatMap((id) => by.join(HEADER, id, 0))).toEqual([]);
  // One character more is.
  expect(ids.flatMap((id) => by.join(HEADER, `${id}x`, 0)).length).toBeGreaterThan(0);
});
