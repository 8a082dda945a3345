import { expect, test } from 'vitest';
import { RUNG_REPORT } from '../../test/support/verify/verify-receipt.ts';
import { isLimit, rowsNotMade } from './attack-as.ts';
import { summarise } from './judge/judge.ts';
import { PROBES } from './probes/index.ts';
import { USERS } from './probes/probe.ts';
import { heldAll } from './show/rungs.ts';

const LIMITS = PROBES.filter(isLimit);

test('limits without a bottle are unproven, once for each user who would try', () => {
  const rows = rowsNotMade(LIMITS, USERS, 'no bottle');
  const expected = USERS.flatMap((user) =>
    LIMITS.filter(({ users = USERS }) => users.includes(user)).map(({ id }) => `${id} ${user}`),
  );
  expect(rows.map(({ id, user }) => `${id} ${user}`)).toEqual(expected);
  expect(new Set(rows.map(({ result }) => result))).toEqual(new Set(['unproven']));
  expect(rows.every(({ evidence }) => evidence.includes('no bottle'))).toBe(true);
});

test('a rung with such a row has not held', () => {
  expect(heldAll(RUNG_REPORT)).toBe(true);
  const probes = [...RUNG_REPORT.probes, ...rowsNotMade(LIMITS.slice(0, 1), ['agent'], 'no bottle')];
  expect(heldAll({ ...RUNG_REPORT, probes, summary: summarise(probes) })).toBe(false);
});
