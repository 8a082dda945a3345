import { expect, test } from 'vitest';
import { withSecondTime } from './again.ts';
import type { ProbeRow, Result } from './report.ts';

const row = (id: string, user: ProbeRow['user'], result: Result): ProbeRow => ({
  id,
  family: 'kernel',
  claim: '',
  attack: '',
  breach: '',
  source: '',
  user,
  control: 'passed',
  result,
  evidence: result,
});

test('what proved nothing is what came of it the second time, and says so', () => {
  const rows = [row('a', 'agent', 'unproven'), row('a', 'root', 'unproven'), row('b', 'agent', 'held')];
  const found = withSecondTime(rows, [row('a', 'agent', 'held'), row('a', 'root', 'breached')]);
  expect(found.map(({ user, result }) => [user, result])).toEqual([
    ['agent', 'held'],
    ['root', 'breached'],
    ['agent', 'held'],
  ]);
  expect(found[0]?.evidence).toMatch(/^held \(the second time/);
  expect(found[2]?.evidence).toBe('held');
});

test('nothing else becomes better by it', () => {
  const rows = [row('a', 'agent', 'breached'), row('b', 'agent', 'unproven')];
  expect(withSecondTime(rows, [row('a', 'agent', 'held'), row('b', 'root', 'held')])).toEqual(rows);
  expect(withSecondTime([row('b', 'agent', 'unproven')], [row('b', 'agent', 'unproven')])[0]?.result).toBe(
    'unproven',
  );
});
