import { expect, test } from 'vitest';
import { nonceForEach } from '../arena/nonce.ts';
import type { Targets } from '../arena/targets.ts';
import { PROBES } from '../probes/index.ts';
import { idsMade } from '../probes/probe.ts';
import { forAttack } from './stages.ts';

const every = nonceForEach(PROBES.map(({ id }) => id));
const attack = forAttack({ attempts: every, controls: every } as unknown as Targets, PROBES);
const isAttempted = (id: string): boolean => id in attack.attempts;
const isControlled = (id: string): boolean => id in attack.controls;

test('what is made later, or elsewhere, is no part of the attack; of what is made in two parts the first is', () => {
  const later = idsMade(PROBES, 'inNext', 'launcherKilled');
  expect(later.filter((id) => isAttempted(id) || isControlled(id))).toEqual([]);
  const unguarded = idsMade(PROBES, 'gatewayKilled');
  expect(unguarded.map((id) => [isAttempted(id), isControlled(id)])).toEqual([[false, true]]);
  const halves = idsMade(PROBES, 'inTwoParts');
  expect(halves.length).toBeGreaterThan(0);
  expect(halves.every((id) => isAttempted(id) && isControlled(id))).toBe(true);
  const beside = PROBES.filter(({ control }) => control === 'sibling').map(({ id }) => id);
  expect(beside.map((id) => [isAttempted(id), isControlled(id)])).toEqual(beside.map(() => [true, false]));
});
