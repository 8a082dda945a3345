import { describe, expect, it } from 'vitest';
import { closingLine, countsOf, problemOf, total } from './counts.ts';

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
    const report = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 };
    expect(countsOf(report)).toEqual({ passed: 5, failed: 1, skipped: 3 });
    expect(countsOf(undefined)).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});

describe('closingLine', () => {
  it('adds the suites up', () => {
    const suite = (counts: typeof good) => ({ name: 's', counts, seconds: 1, problem: undefined });
    const sum = total([suite(good), suite({ passed: 4, failed: 1, skipped: 0 })]);
    expect(closingLine(sum)).toBe('tests: 7 passed, 1 failed, 0 skipped');
  });
});
