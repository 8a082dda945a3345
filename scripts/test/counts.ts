import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { FileTime } from './slowest-files.ts';

/** The results of a suite. A suite that ran no test has not passed. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface SuiteResult {
  readonly name: string;
  readonly counts: Counts;
  readonly seconds: number;
  /** The reason why the suite failed; undefined if it passed. */
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
  /** The path of the file. */
  readonly name: string;
  readonly status: string;
  /** The error outside the file's tests. */
  readonly message: string;
  readonly assertionResults: readonly TestResult[];
}

interface TestResult {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[] | undefined;
}

/** Returns the counts of a report; `undefined` means that the run wrote none. */
export function countsOf(report: VitestReport | undefined): Counts {
  return {
    passed: report?.numPassedTests ?? 0,
    failed: report?.numFailedTests ?? 0,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}

/**
 * Returns the failures, each with the first line of its reason, and the skips: they are visible at the end of a long
 * log.
 */
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

/** For a file whose tests all passed: vitest does not report the error of a hook. */
const A_HOOK = 'a hook failed; its error is in the output above';

const SKIPPED: ReadonlySet<string> = new Set(['pending', 'skipped', 'todo']);

const firstLine = (text = ''): string => stripVTControlCharacters(text).trim().split('\n')[0] ?? '';

/** Returns why a run has not passed: a failure, a skip, which nobody would notice, no tests, or vitest's exit code. */
export function problemOf(counts: Counts, exitCode: number): string | undefined {
  if (counts.failed > 0) return `${counts.failed} failed`;
  if (counts.skipped > 0) return `${counts.skipped} skipped, and no skip is allowed`;
  if (exitCode !== 0) return `vitest ended with exit code ${exitCode}`;
  if (counts.passed === 0) return 'it ran no test';
  return undefined;
}

/** Returns the sums of the counts. */
export function total(results: readonly SuiteResult[]): Counts {
  const sum = (key: keyof Counts): number => results.reduce((before, { counts }) => before + counts[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/** Returns the closing line, in a form for programs. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}
