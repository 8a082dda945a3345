import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { executedRule } from './executed-change.ts';
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

test('asks about every program, whatever its name, and not about the same file without the bit', () => {
  expect(asked(file('src/tool', true), file('src/other'), file('src/x.ts', true), gone('src/was'))).toEqual([
    'src/tool',
    'src/x.ts',
  ]);
});

test('asks about configuration at the top and in a package, and not about data beside it', () => {
  expect(
    asked(file('a.toml'), file('packages/a/b.toml'), file('packages/a/src/c.toml'), file('notes/d.toml')),
  ).toEqual(['a.toml', 'packages/a/b.toml']);
});

test('asks about configuration beside a package.json that comes with it', () => {
  expect(asked(file('notes/package.json'), file('notes/d.toml'))).toContain('notes/d.toml');
});

test('asks about what a link called like a dotfile leads to', () => {
  expect(asked(link('.unheard', 'docs/opts.md'), file('docs/opts.md'), file('docs/other.md'))).toEqual([
    '.unheard',
    'docs/opts.md',
  ]);
});

test('asks about what a link called like configuration leads to, and not about what a link to a folder does', () => {
  const changes = [
    link('unheard.toml', 'docs/opts.md'),
    file('docs/opts.md'),
    link('current', 'src'),
    file('src/a.ts'),
  ];
  expect(asked(...changes)).toEqual(['unheard.toml', 'docs/opts.md']);
});

test('asks about a dotfile that goes away', () => {
  expect(asked(gone('.unheard'), gone('src/x.ts'))).toEqual(['.unheard']);
});
