import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, describe } from 'vitest';
import { executedRule, ignoresLess } from './executed-change.ts';
import type { StagedChange } from '../diff/stage.ts';
import { Tree } from '../tree.ts';

let folder: string;
let base: Tree;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-executed-'));
  for (const path of ['packages/a/package.json', 'notes/kept.toml']) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), '{}');
  }
  base = new Tree(folder);
});
afterEach(() => {
  base[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const file = (path: string, executable = false): StagedChange => ({
  path,
  before: undefined,
  after: { kind: 'file', size: 1, executable },
  afterPath: undefined,
});
const link = (path: string, target: string): StagedChange => ({
  ...file(path),
  after: { kind: 'link', target },
});
const gone = (path: string): StagedChange => ({ ...file(path), before: file(path).after, after: undefined });

/** The paths that apply asks about. */
function asked(...changes: readonly StagedChange[]): string[] {
  const why = executedRule(base, changes, () => undefined);
  return changes.filter((change) => why(change) !== undefined).map(({ path }) => path);
}

test('every executable needs consent, and the same file without the mode bit does not', () => {
  expect(asked(file('src/tool', true), file('src/other'), file('src/x.ts', true), gone('src/was'))).toEqual([
    'src/tool',
    'src/x.ts',
  ]);
});

test('configuration at the top and in a package needs consent, and data beside it does not', () => {
  expect(
    asked(file('a.toml'), file('packages/a/b.toml'), file('packages/a/src/c.toml'), file('notes/d.toml')),
  ).toEqual(['a.toml', 'packages/a/b.toml']);
});

test('configuration beside a new package.json needs consent', () => {
  expect(asked(file('notes/package.json'), file('notes/d.toml'))).toContain('notes/d.toml');
});

test('the target of a link named like a dotfile needs consent', () => {
  expect(asked(link('.unheard', 'docs/opts.md'), file('docs/opts.md'), file('docs/other.md'))).toEqual([
    '.unheard',
    'docs/opts.md',
  ]);
});

test('the target of a link named like configuration needs consent, but not that of a linked folder', () => {
  const changes = [
    link('unheard.toml', 'docs/opts.md'),
    file('docs/opts.md'),
    link('current', 'src'),
    file('src/a.ts'),
  ];
  expect(asked(...changes)).toEqual(['unheard.toml', 'docs/opts.md']);
});

test('a removed dotfile needs consent', () => {
  expect(asked(gone('.unheard'), gone('src/x.ts'))).toEqual(['.unheard']);
});

/** UTF-8's byte order mark, as latin1. */
const BOM = '\u00ef\u00bb\u00bf';
const before = '# secrets\ncustomers.csv\n*.log\n!keep.log\n';

describe('an ignore file that ignores less', () => {
  test.each([
    ['a line that is gone', '*.log\n!keep.log\n'],
    ['all lines gone', ''],
    ['a line that is other than it was', 'customers.csv2\n*.log\n!keep.log\n'],
    ['a line that became a comment', '#customers.csv\n*.log\n!keep.log\n'],
    ['a line that no longer matches for its second carriage return', 'customers.csv\r\r\n*.log\n!keep.log\n'],
    ['a line that no longer matches for its tab', 'customers.csv\t\n*.log\n!keep.log\n'],
    [
      'a first line that no longer matches for its two marks',
      `${BOM}${BOM}customers.csv\n*.log\n!keep.log\n`,
    ],
    ['a mark before a line that is not the first', before.replace('customers', `${BOM}customers`)],
    ['an exception behind a mark', `${BOM}!customers.csv\n${before}`],
    ['an exception for a file that is no mark of an empty folder', `${before}!.gitkeep2\n`],
    // Where `d/*` ignores a folder, this line brings the folder back with its content.
    ['an exception for folders', `${before}!*/\n`],
    ['an exception', `${before}!customers.csv\n`],
    ['an exception that moved behind more', 'customers.csv\n!keep.log\n*.log\n'],
  ])('a change with %s ignores less', (_, after) => {
    expect(ignoresLess(before, after)).toBe(true);
  });

  test('a change with a new exception ignores less', () => {
    expect(ignoresLess(undefined, '!customers.csv\n')).toBe(true);
    expect(ignoresLess(undefined, `${BOM}!customers.csv\n`)).toBe(true);
  });

  test('a change with a mark moved from the beginning into a pattern ignores less', () => {
    expect(ignoresLess(`${BOM}customers.csv\n`, `dist/\n${BOM}customers.csv\n`)).toBe(true);
  });

  test('a change with a name that is only a tab ignores less', () => {
    expect(ignoresLess('\t\n', '')).toBe(true);
  });
});

test.each([
  ['more lines', `${before}dist/\n`],
  ['a line between', 'customers.csv\ndist/\n*.log\n!keep.log\n'],
  ['no comment', 'customers.csv\n*.log\n\n!keep.log'],
  ['a carriage return at the end of each line', before.replaceAll('\n', '\r\n')],
  ['a mark at the beginning', `${BOM}customers.csv\n*.log\n!keep.log\n`],
  ['exceptions for what keeps an empty folder', `*\n${before}!.gitignore\n!.gitkeep\r\n!.keep`],
  ['an exclamation mark that is escaped', `${before}\\!x\n`],
])('a change with %s ignores no less', (_, after) => {
  expect(ignoresLess(before, after)).toBe(false);
});

test('a new ignore file without exceptions ignores no less', () => {
  expect(ignoresLess(undefined, 'dist/\n')).toBe(false);
  expect(ignoresLess(undefined, '*\n!.gitignore\n')).toBe(false);
});
