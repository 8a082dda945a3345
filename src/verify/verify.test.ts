import { expect, test } from 'vitest';
import type { Boundary, RungCheck, Rung } from '../drivers/driver.ts';
import { attackable } from './verify.ts';

const look = (runtime: Rung['runtime'], boundary: Boundary, status: RungCheck['status']): RungCheck => ({
  rung: { runtime, boundary, engine: 'docker', traits: {} as Rung['traits'] },
  status,
  reason: 'it said no',
  fix: status === 'ready' ? '' : `get ${runtime}`,
  evidence: {},
});

const LOOKS = [
  look('runc', 'shared-kernel', 'ready'),
  look('crun', 'shared-kernel', 'installed'),
  look('runsc', 'user-kernel', 'absent'),
  look('kata', 'vm', 'ready'),
];

test('a rung that is not ready is left out, with its reason and remedy', () => {
  const { ready, notes } = attackable(LOOKS, 'shared-kernel');
  expect(ready.map(({ rung }) => rung.runtime)).toEqual(['runc', 'kata']);
  expect(notes).toEqual([
    'not attacked: crun on docker (shared-kernel) is not ready: it said no\n  what to do: get crun',
    'not attacked: runsc on docker (user-kernel) is not ready: it said no\n  what to do: get runsc',
  ]);
});

test("a rung below the bottle's minimum boundary is left out, ready or not", () => {
  const { ready, notes } = attackable(LOOKS, 'vm');
  expect(ready.map(({ rung }) => rung.runtime)).toEqual(['kata']);
  expect(notes).toHaveLength(3);
  expect(notes[0]).toBe(
    "not attacked: runc on docker (shared-kernel) is below the bottle's min_boundary, vm",
  );
});
