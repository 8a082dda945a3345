import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { globsOverlap, sharesRequests, sharesTarget } from './overlap.ts';
import { matchesPath } from './paths/paths.ts';
import { canonicalRule, type WrittenRule } from './rules.ts';

const rule = (written: WrittenRule, list: 'allow' | 'deny' = 'allow') =>
  canonicalRule(written, { id: 'rule', list });

describe('globs that overlap', () => {
  test.each([
    ['/a/**', '/a', true],
    ['/a/**', '/b/**', false],
    ['/a/*/c', '/*/b/c', true],
    ['/**/c', '/a/**', true],
    ['/a*', '/*b', true],
    ['/a*b', '/b*a', false],
    ['/**', '/', true],
    ['/*', '/a/b', false],
    ['/a*c*', '/*b*d', true],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(globsOverlap(a, b)).toBe(expected);
    expect(globsOverlap(b, a)).toBe(expected);
  });

  test('overlap when some path matches both', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', 'ba', '', 'a%2Fb');
    const globSegment = fc.oneof(segment, fc.constantFrom('*', '**', 'a*', '*b', '*a*', 'a*b', 'a%2F*'));
    const path = (unit: fc.Arbitrary<string>) =>
      fc.array(unit, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(path(globSegment), path(globSegment), path(segment), (a, b, sent) => {
        expect(globsOverlap(a, b) || !(matchesPath(a, sent) && matchesPath(b, sent))).toBe(true);
      }),
      { numRuns: runs(2000) },
    );
  });

  test('overlap with exactly those that match them when they have no star', () => {
    const glob = fc
      .array(fc.constantFrom('a', 'b', '*', '**', 'a*', '*b'), { maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`);
    const path = fc
      .array(fc.constantFrom('a', 'b', 'ab', 'aab'), { maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(glob, path, (glob, path) => {
        expect(globsOverlap(glob, path)).toBe(matchesPath(glob, path));
      }),
      { numRuns: runs(1000) },
    );
  });
});

describe('targets that overlap', () => {
  test.each([
    ['a.example', 'a.example', true],
    ['a.example', 'b.example', false],
    ['*.a.example', 'x.y.a.example', true],
    ['*.a.example', 'a.example', false],
    ['*.a.example', '*.b.a.example', true],
    ['*.a.example', '*.b.example', false],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(sharesTarget(rule({ host: a }), rule({ host: b }))).toBe(expected);
    expect(sharesTarget(rule({ host: b }), rule({ host: a }))).toBe(expected);
  });

  test('a deny rule without a port overlaps with every port', () => {
    const denied = rule({ host: 'a.example' }, 'deny');
    expect(sharesTarget(rule({ host: 'a.example', port: 8443 }), denied)).toBe(true);
    expect(sharesTarget(rule({ host: 'a.example', port: 8443 }), rule({ host: 'a.example' }))).toBe(false);
  });
});

test('requests overlap only when methods and paths have something in common', () => {
  const read = rule({ host: 'a.example', methods: ['GET'] });
  const write = rule({ host: 'a.example', methods: ['POST'] });
  const part = rule({ host: 'a.example', paths: ['/a/**'] });
  expect(sharesRequests(read, write)).toBe(false);
  expect(sharesRequests(read, part)).toBe(true);
  expect(sharesRequests(part, rule({ host: 'a.example', paths: ['/b/**'] }))).toBe(false);
});
