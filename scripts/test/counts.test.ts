import { describe, expect, it } from 'vitest';
import { closingLine, countsOf, failuresOf, problemOf, total } from './counts.ts';

const good = { passed: 3, failed: 0, skipped: 0 };

describe('problemOf', () => {
  it('passes only what ran, without a failure, a skip or a bad exit code', () => {
    expect(problemOf(good, 0)).toBeUndefined();
    expect(problemOf({ ...good, failed: 1 }, 1)).toBe('1 failed');
    expect(problemOf({ ...good, skipped: 2 }, 0)).toContain('2 skipped');
    expect(problemOf(good, 1)).toContain('exit code 1');
    expect(problemOf({ passed: 0, failed: 0, skipped: 0 }, 0)).toBe('it ran no test');
  });
});

describe('countsOf', () => {
  it('counts tests that are to be written as skipped, and a missing report as nothing', () => {
    const report = {
      numPassedTests: 5,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
      testResults: [],
    };
    expect(countsOf(report)).toEqual({ passed: 5, failed: 1, skipped: 3 });
    expect(countsOf(undefined)).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});

describe('failuresOf', () => {
  it('names each failed and each skipped test, and a file that failed before it had any', () => {
    const test = (status: string) => ({
      fullName: `a ${status} one`,
      status,
      failureMessages: ['Error: why\nat x'],
    });
    const testResults = [
      {
        name: '/p/a.test.ts',
        status: 'failed',
        message: '',
        assertionResults: [test('passed'), test('failed')],
      },
      { name: '/p/b.test.ts', status: 'failed', message: 'Error: no hook', assertionResults: [] },
      { name: '/p/c.test.ts', status: 'passed', message: '', assertionResults: [test('passed')] },
      { name: '/p/d.test.ts', status: 'passed', message: '', assertionResults: [test('skipped')] },
      { name: '/p/e.test.ts', status: 'failed', message: '', assertionResults: [test('passed')] },
    ];
    const report = { numPassedTests: 2, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0, testResults };
    expect(failuresOf(report)).toEqual([
      'a.test.ts > a failed one: Error: why',
      'b.test.ts: Error: no hook',
      'd.test.ts > a skipped one: skipped',
      'e.test.ts: a hook failed; its error is in the output above',
    ]);
    expect(failuresOf(undefined)).toEqual([]);
  });
});

describe('closingLine', () => {
  it('adds the suites up', () => {
    const suite = (counts: typeof good) => ({
      name: 's',
      counts,
      seconds: 1,
      problem: undefined,
      failures: [],
      files: [],
    });
    const sum = total([suite(good), suite({ passed: 4, failed: 1, skipped: 0 })]);
    expect(closingLine(sum)).toBe('tests: 7 passed, 1 failed, 0 skipped');
  });
});
