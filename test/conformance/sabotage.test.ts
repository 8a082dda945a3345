import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { VerifyReport } from '../../src/verify/report.ts';
import { applyEdits, type Edit } from './sabotage/apply.ts';
import { BLINDING, SABOTAGES, type Sabotage } from './sabotage/table.ts';
import { layOutProgram, type Program } from './support/program.ts';

/**
 * Each mistake that would open a bottle is made in a copy of the program: its start refuses, where it looks at that; and once
 * the start is blind, `verify` names the probe that got through.
 */

let program: Program | undefined;
afterEach(() => {
  program?.remove();
  program = undefined;
});

interface Found {
  readonly code: number | null;
  readonly failure: string | undefined;
  readonly breached: readonly string[];
  readonly unproven: readonly string[];
}

async function verifyWith({ rung }: Sabotage, edits: readonly Edit[]): Promise<Found> {
  program = await layOutProgram(rung);
  applyEdits(join(program.dir, 'package'), edits);
  const { runtime, engine, networkForm } = rung;
  const which = ['--runtime', runtime, '--engine', engine, '--network-form', networkForm];
  const { code, stdout, stderr } = await program.run(['verify', ...which, '--json'], { timeoutMs: 120_000 });
  if (stdout === '') return { code, failure: refusalIn(stderr), breached: [], unproven: [] };
  const [report] = (JSON.parse(stdout) as VerifyReport).rungs;
  const idsWith = (wanted: string): string[] => [
    ...new Set((report?.probes ?? []).flatMap(({ id, result }) => (result === wanted ? [id] : []))),
  ];
  return { code, failure: report?.failure, breached: idsWith('breached'), unproven: idsWith('unproven') };
}

/** A rung whose look has found it already is not ready, which is said as an error. */
function refusalIn(stderr: string): string {
  const line = stderr.split('\n').find((line) => line.startsWith('{"error"'));
  if (line === undefined) throw new Error(stderr);
  return (JSON.parse(line) as { error: { details: string[] } }).error.details.join('; ');
}

const starting = SABOTAGES.filter(({ refusal }) => refusal !== undefined);

const startable = SABOTAGES.filter(({ breached, unproven }) => (breached ?? unproven) !== undefined);

describe('a start refuses', () => {
  test.each(starting.map((sabotage) => [sabotage.name, sabotage] as const))('%s', async (_, sabotage) => {
    const { code, failure } = await verifyWith(sabotage, sabotage.edits);
    expect(failure).toMatch(sabotage.refusal ?? /never/);
    expect([6, 8]).toContain(code);
  });
});

describe('verify finds, where the start is blind', () => {
  test.each(startable.map((sabotage) => [sabotage.name, sabotage] as const))('%s', async (_, sabotage) => {
    const found = await verifyWith(sabotage, [...sabotage.edits, ...BLINDING]);
    expect(found).toMatchObject({ code: 8, failure: undefined });
    expect(found.breached).toEqual(expect.arrayContaining([...(sabotage.breached ?? [])]));
    expect(found.unproven).toEqual(expect.arrayContaining([...(sabotage.unproven ?? [])]));
    expect(found.breached.length + found.unproven.length).toBeGreaterThan(0);
  });
});

test('a program that is blind and not changed otherwise holds: what is found is the sabotage', async () => {
  const [first] = SABOTAGES;
  if (first === undefined) throw new Error('there is no sabotage');
  expect(await verifyWith(first, BLINDING)).toMatchObject({ code: 0, breached: [], unproven: [] });
});
