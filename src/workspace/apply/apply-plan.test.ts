import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { planApply, type ApplyFacts } from './apply-plan.ts';
import type { StagedChange } from '../diff/stage.ts';
import type { Entry } from '../tree.ts';

const file: Entry = { kind: 'file', size: 1, executable: false };
const added = (path: string, after: Entry = file): StagedChange => ({
  path,
  before: undefined,
  after,
  afterPath: '/stage/1',
});
const facts: ApplyFacts = {
  leftOut: ['.env', 'dist/'],
  isSame: () => true,
  stateOf: () => ({ kind: 'asBefore' }),
  executedWhy: ({ path }) => (path === 'Makefile' ? 'it runs' : undefined),
};

describe('a change', () => {
  test.each<[string, StagedChange, string]>([
    ['harmless', added('src/a.ts'), 'writes'],
    ['that a program of the host runs', added('Makefile'), 'executed'],
    ['under .git', added('.git/hooks/x'), 'refused'],
    ['under a case variant of .git', added('x/.GIT/config'), 'refused'],
    ['out of the project', added('../x'), 'refused'],
    ['that was left out', added('.env'), 'refused'],
    ['in a folder that was left out', added('dist/x'), 'refused'],
    ['in another spelling of such a folder', added('DI\u017fT/x'), 'refused'],
    ['in a file that was left out', added('.env/x'), 'refused'],
    ['that is called like a folder that was left out', added('dist'), 'writes'],
    ['in a file of the project that is spelt like it', { ...added('Dist/x'), before: file }, 'writes'],
    ['beside what was left out', added('.env2'), 'writes'],
    ['that is a socket', added('s', { kind: 'special', what: 'socket' }), 'refused'],
    ['that is a link inside', added('l', { kind: 'link', target: 'a' }), 'writes'],
    ['that is a link outside', added('l', { kind: 'link', target: '/etc' }), 'refused'],
    ['that is a link into .git', added('l', { kind: 'link', target: '.git/hooks' }), 'refused'],
  ])('a change %s: %j goes to %s', (_, change, list) => {
    const plan = planApply([change], facts);
    expect(Object.entries(plan).flatMap(([name, items]) => (items.length > 0 ? [name] : []))).toEqual([list]);
  });

  describe('a new file in another spelling of an excluded one', () => {
    const changes = ['.ENV', 'a/Build/new.props', 'a/build/old.props'].map((path) => added(path));
    const sortedIf = (isSame: ApplyFacts['isSame']) => {
      const { writes, executed, refused } = planApply(changes, {
        ...facts,
        leftOut: ['.env', 'a/build/'],
        isSame,
      });
      return [writes, executed, refused].map((list) => list.map(({ path }) => path));
    };
    const spelt = ['.ENV', 'a/Build/new.props'];

    test('such a change is refused where the file system takes both names for one', () => {
      expect(sortedIf(() => true)).toEqual([[], [], [...spelt, 'a/build/old.props']]);
    });

    test('such a change is a file like any other where it does not', () => {
      expect(sortedIf(() => false)).toEqual([spelt, [], ['a/build/old.props']]);
    });

    test('such a change needs consent where the excluded file is gone', () => {
      expect(sortedIf(() => undefined)).toEqual([[], spelt, ['a/build/old.props']]);
    });

    test("such a change is compared by the excluded file's name, not its content", () => {
      const compared: string[] = [];
      sortedIf((one, other) => compared.push(`${one} ${other}`) === 0);
      expect(compared).toEqual(['.env .ENV', 'a/build a/Build']);
    });

    test('such changes in one folder are compared once', () => {
      const compared: string[] = [];
      planApply([added('DIST/1'), added('DIST/2')], {
        ...facts,
        isSame: (one, other) => compared.push(`${one} ${other}`) === 0,
      });
      expect(compared).toEqual(['dist DIST']);
    });

    test('such a change is treated the same if one of several excluded files is there', () => {
      const leftOut = ['BUILD/', 'build/'];
      const isSame = (left: string) => (left === 'build' ? true : undefined);
      expect(planApply([added('Build/x')], { ...facts, leftOut, isSame }).refused).toHaveLength(1);
    });
  });

  test('a conflicting change is not written', () => {
    const plan = planApply([added('a'), added('b')], {
      ...facts,
      stateOf: ({ path }) => (path === 'a' ? { kind: 'conflict', why: 'changed' } : { kind: 'asAfter' }),
    });
    expect(plan).toMatchObject({ writes: [], conflicts: [{ path: 'a' }], alreadyThere: [{ path: 'b' }] });
  });

  test('every change is in exactly one list, and nothing is written in or above .git', () => {
    const component = fc.oneof(
      fc.constantFrom('..', '.', '', '.git', '.GIT', 'git~1', '.git ', 'a', 'Makefile', '.env', 'dist'),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(component, { minLength: 1, maxLength: 4 }), (components) => {
        const path = components.join('/');
        const plan = planApply([added(path)], facts);
        expect(Object.values(plan).flat()).toHaveLength(1);
        const outside = path.split('/').some((name) => /^(|\.\.?|\.git[. ]*|git~1)$/i.test(name));
        expect([...plan.writes, ...plan.executed].length === 0 || !outside).toBe(true);
      }),
      { numRuns: runs(1000) },
    );
  });
});
