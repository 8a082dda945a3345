import { expect, test } from 'vitest';
import { unseenOf, withSecondTime } from './again.ts';
import { PROBES } from '../probes/index.ts';
import type { ProbeRow, Result } from '../report.ts';

const KERNEL = PROBES.filter(({ family }) => family === 'kernel');

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

/** Returns an attack with these probes, and what this host saw of their processes. */
function watched(
  ids: readonly string[],
  seen: Partial<Record<string, 'control' | 'breach' | 'late' | 'nothing'>>,
) {
  const probes = KERNEL.filter(({ id }) => ids.includes(id));
  const of = (nonce: string) => seen[nonce.slice(2)] ?? 'nothing';
  return {
    reasons: new Map(probes.map((probe) => [probe, undefined] as const)),
    targets: {
      attempts: Object.fromEntries(ids.map((id) => [id, `a-${id}`])),
      controls: Object.fromEntries(ids.map((id) => [id, `c-${id}`])),
    },
    processes: {
      seen: (nonce: string) => {
        const isControl = nonce.startsWith('c-') && of(nonce) !== 'nothing';
        return isControl || (nonce.startsWith('a-') && of(nonce) === 'breach') ? ['seen'] : [];
      },
      wasMade: () => true,
      missed: (nonce: string) => (of(nonce) === 'late' ? 'paused' : undefined),
    },
    run: { words: ids.map((id) => ({ kind: 'attempt', attempt: id, met: 'refused' })) },
    decisions: [],
  } as unknown as Parameters<typeof unseenOf>[0];
}

test('attempts that were observed late, or without their control, are repeated, and successful ones are not', () => {
  const made = watched(['bpf-map', 'ns-user', 'nice', 'oom-score'], {
    'bpf-map': 'control',
    'ns-user': 'breach',
    nice: 'late',
    'oom-score': 'nothing',
  });
  expect(unseenOf(made).map(({ id }) => id)).toEqual(['nice', 'oom-score']);
});

test('attempts that last in the kernel are not repeated', () => {
  const lasting = KERNEL.filter(
    ({ oracle }) => oracle.kind === 'process' && oracle.sign.is === 'modulesCame',
  ).map(({ id }) => id);
  expect(lasting).not.toEqual([]);
  expect(unseenOf(watched(lasting, {}))).toEqual([]);
});

test('an unproven row gets its second result, and says so', () => {
  const rows = [row('a', 'agent', 'unproven'), row('a', 'root', 'unproven'), row('b', 'agent', 'held')];
  const found = withSecondTime(rows, [row('a', 'agent', 'held'), row('a', 'root', 'breached')]);
  expect(found.map(({ user, result }) => [user, result])).toEqual([
    ['agent', 'held'],
    ['root', 'breached'],
    ['agent', 'held'],
  ]);
  expect(found[0]?.evidence).toBe('held (the second time; at first: unproven)');
  expect(found[2]?.evidence).toBe('held');
});

test('the second attempt improves no other row', () => {
  const rows = [row('a', 'agent', 'breached'), row('b', 'agent', 'unproven')];
  expect(withSecondTime(rows, [row('a', 'agent', 'held'), row('b', 'root', 'held')])).toEqual(rows);
  const unproven = [row('b', 'agent', 'unproven')];
  expect(withSecondTime(unproven, [row('b', 'agent', 'notApplicable')])).toEqual(unproven);
  expect(withSecondTime([row('b', 'agent', 'unproven')], [row('b', 'agent', 'unproven')])[0]?.result).toBe(
    'unproven',
  );
});
