import { expect, test } from 'vitest';
import { isLive, mayFollow, PHASES, type Phase } from './record.ts';

function reachableFrom(phase: Phase): Set<Phase> {
  const reachable = new Set([phase]);
  for (const from of reachable) for (const to of PHASES) if (mayFollow(from, to)) reachable.add(to);
  return reachable;
}

test('every phase leads to an end', () => {
  for (const phase of PHASES)
    expect([...reachableFrom(phase)].some((reached) => !isLive(reached))).toBe(true);
});

test('an end leads nowhere', () => {
  expect(PHASES.filter((phase) => !isLive(phase)).map((phase) => reachableFrom(phase).size)).toEqual([1, 1]);
});

test('every live phase can go to stopping, so that a cleanup is always possible', () => {
  for (const phase of PHASES.filter(isLive)) expect(mayFollow(phase, 'stopping')).toBe(true);
});

test('a bottle does not run before it was opened', () => {
  expect(mayFollow('preparing', 'running')).toBe(false);
});
