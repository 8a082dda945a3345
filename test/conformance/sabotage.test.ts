import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { ProbeRow, Result, VerifyReport } from '../../src/verify/report.ts';
import { applyEdits, type Edit } from './sabotage/apply.ts';
import { startApart, wasApart } from './sabotage/apart.ts';
import { BLINDING } from './sabotage/blinding.ts';
import type { Sabotage } from './sabotage/sabotage.ts';
import { SABOTAGES } from './sabotage/table.ts';
import { layOutProgram, type Program } from './support/program.ts';

/**
 * Makes each mistake that would open a bottle in a copy of the program. A start must refuse if it checks for the
 * mistake; with those checks blinded, `verify` must name the probe that succeeds.
 */

let program: Program | undefined;
afterEach(async () => {
  await program?.remove();
  program = undefined;
});

interface Found {
  readonly code: number | null;
  readonly failures: readonly string[];
  readonly breached: readonly string[];
  /** Held for every user who tried. */
  readonly held: readonly string[];
  readonly unproven: readonly string[];
}

/** Runs `verify` with the probes in `ids`, or with all if there are none. Other probes do not matter here. */
async function verifyWith(
  { rung, apart }: Sabotage,
  edits: readonly Edit[],
  ids: readonly string[] = [],
): Promise<Found> {
  program = await layOutProgram(rung);
  applyEdits(join(program.dir, 'package'), edits);
  const { runtime, engine, networkForm } = rung;
  const which = ['--runtime', runtime, '--engine', engine, '--network-form', networkForm];
  const probes = ids.flatMap((id) => ['--probe', id]);
  const { code, stdout, stderr } = await program.run(['verify', ...which, ...probes, '--json'], {
    timeoutMs: 240_000,
    through: apart === undefined ? [] : startApart(apart),
  });
  if (apart !== undefined && !wasApart(apart, stderr)) throw new Error(`it was not apart: ${stderr}`);
  if (stdout === '') return { code, failures: [refusalIn(stderr)], ...resultsOf([]) };
  const [report] = (JSON.parse(stdout) as VerifyReport).rungs;
  const failures = report?.failure === undefined ? [] : [report.failure];
  return { code, failures, ...resultsOf(report?.probes ?? []) };
}

function resultsOf(rows: readonly ProbeRow[]): Pick<Found, 'breached' | 'held' | 'unproven'> {
  const idsWith = (...wanted: Result[]): string[] => [
    ...new Set(rows.flatMap(({ id, result }) => (wanted.includes(result) ? [id] : []))),
  ];
  const others = idsWith('breached', 'unproven');
  return {
    breached: idsWith('breached'),
    held: idsWith('held').filter((id) => !others.includes(id)),
    unproven: idsWith('unproven'),
  };
}

/** A rung whose check has already found the mistake is not ready, and `verify` prints an error instead of a report. */
function refusalIn(stderr: string): string {
  const line = stderr.split('\n').find((line) => line.startsWith('{"error"'));
  if (line === undefined) throw new Error(stderr);
  const { details } = (JSON.parse(line) as { error: { details?: string[] } }).error;
  if (details === undefined) throw new Error(stderr); // a bug
  return details.join('; ');
}

const starting = SABOTAGES.filter(({ refusal }) => refusal !== undefined);

const startable = SABOTAGES.filter(({ breached, unproven }) => (breached ?? unproven) !== undefined);

describe('a start refuses', () => {
  test.each(starting.map((sabotage) => [sabotage.name, sabotage] as const))(
    'a start refuses the mistake: %s',
    async (_, sabotage) => {
      const { code, failures } = await verifyWith(sabotage, sabotage.edits, ['tcp-host']);
      expect(failures.join('\n')).toMatch(sabotage.refusal ?? /never/);
      expect([6, 8]).toContain(code);
    },
  );
});

describe('verify with blinded start checks', () => {
  test.each(startable.map((sabotage) => [sabotage.name, sabotage] as const))(
    'verify finds the mistake: %s',
    async (_, sabotage) => {
      const { breached = [], held = [], unproven = [] } = sabotage;
      const ids = [...breached, ...held, ...unproven];
      const found = await verifyWith(sabotage, [...sabotage.edits, ...BLINDING], ids);
      expect(found.failures).toEqual([]);
      expect(found.breached).toEqual(expect.arrayContaining([...breached]));
      expect(found.held).toEqual(expect.arrayContaining([...held]));
      expect(found.unproven).toEqual(expect.arrayContaining([...unproven]));
      expect(found.code).toBe(8);
    },
  );
});

test('the table has at least eighteen mistakes', () => {
  expect(SABOTAGES.length).toBeGreaterThanOrEqual(18);
});

test('a blinded program without a mistake holds, so the mistake is what verify finds', async () => {
  const [first] = SABOTAGES;
  if (first === undefined) throw new Error('there is no sabotage');
  const found = await verifyWith(first, BLINDING);
  expect(found).toMatchObject({ code: 0, failures: [], breached: [], unproven: [] });
  expect(found.held).toContain('tcp-host');
});
