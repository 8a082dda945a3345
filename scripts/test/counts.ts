import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { FileTime } from './slowest-files.ts';

/** What a suite's run came to. A suite that ran nothing has not passed. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface SuiteResult {
  readonly name: string;
  readonly counts: Counts;
  readonly seconds: number;
  /** Why it counts as failed; undefined when it passed. */
  readonly problem: string | undefined;
  /** One line for each test that failed, and for each file that failed outside its tests. */
  readonly failures: readonly string[];
  readonly files: readonly FileTime[];
}

/** The part of vitest's JSON report that matters here. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  /** The file's path. */
  readonly name: string;
  readonly status: string;
  /** What went wrong outside its tests. */
  readonly message: string;
  readonly assertionResults: readonly TestResult[];
}

interface TestResult {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[] | undefined;
}

/** Reads a report; `undefined` stands for a run that wrote none. */
export function countsOf(report: VitestReport | undefined): Counts {
  return {
    passed: report?.numPassedTests ?? 0,
    failed: report?.numFailedTests ?? 0,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}

/** What failed, with the first line of why, and what was skipped: whoever sees the end of a long log only, sees this. */
export function failuresOf(report: VitestReport | undefined): string[] {
  return (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
    const file = basename(name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [`${file}: ${firstLine(message) || A_HOOK}`];
    const skipped = assertionResults.filter((test) => SKIPPED.has(test.status));
    return [
      ...failed.map(
        ({ fullName, failureMessages }) => `${file} > ${fullName}: ${firstLine(failureMessages?.[0])}`,
      ),
      ...skipped.map(({ fullName }) => `${file} > ${fullName}: skipped`),
    ];
  });
}

/** All tests passed, and vitest puts the error of a hook into no report. */
const A_HOOK = 'a hook failed; its error is in the output above';

const SKIPPED: ReadonlySet<string> = new Set(['pending', 'skipped', 'todo']);

const firstLine = (text = ''): string => stripVTControlCharacters(text).trim().split('\n')[0] ?? '';

/** Why a run has not passed: a failure, a skip that nobody would see, nothing run, or vitest's own exit code. */
export function problemOf(counts: Counts, exitCode: number): string | undefined {
  if (counts.failed > 0) return `${counts.failed} failed`;
  if (counts.skipped > 0) return `${counts.skipped} skipped, and no skip is allowed`;
  if (exitCode !== 0) return `vitest ended with exit code ${exitCode}`;
  if (counts.passed === 0) return 'it ran no test';
  return undefined;
}

/** Adds up. */
export function total(results: readonly SuiteResult[]): Counts {
  const sum = (key: keyof Counts): number => results.reduce((before, { counts }) => before + counts[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/** The closing line that is read by machines. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}
