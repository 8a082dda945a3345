import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The entries of `.oxlintrc.json` that make imports between the gateway's folders go one way. */

const ROOT = join(import.meta.dirname, '..');

interface Override {
  readonly files: readonly string[];
  readonly rules: {
    readonly 'no-restricted-imports'?:
      | 'off'
      | readonly [string, { readonly patterns: readonly { readonly group: readonly string[] }[] }];
  };
}

/** Each folder right below `parent` that has an entry, in the order of the entries, with the patterns that it refuses. */
function foldersWithRules(parent: string): { folder: string; refused: readonly string[] }[] {
  const text = readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8');
  const { overrides } = JSON.parse(text) as { overrides: readonly Override[] };
  return overrides.flatMap(({ files: [glob = ''], rules }) => {
    const [, folder] = new RegExp(`^${parent}/([^/*]+)/\\*\\*$`).exec(glob) ?? [];
    const rule = rules['no-restricted-imports'];
    if (folder === undefined || rule === undefined || rule === 'off') return [];
    return [{ folder, refused: rule[1].patterns.flatMap(({ group }) => group) }];
  });
}

const anyOf = (folders: readonly string[]): string =>
  folders.length === 1 ? `**/${folders[0]}/**` : `**/{${folders.join(',')}}/**`;

const PARENTS = ['src/gateway', 'src/gateway/http'];

test.each(PARENTS)('the linter knows every folder of %s', (parent) => {
  const entries = readdirSync(join(ROOT, parent), { withFileTypes: true });
  const onDisk = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const known = foldersWithRules(parent).map(({ folder }) => folder);
  expect(known.toSorted()).toEqual(onDisk.toSorted());
});

test.each(PARENTS)('each folder of %s refuses imports from all folders that come after it', (parent) => {
  const listed = foldersWithRules(parent);
  const order = listed.map(({ folder }) => folder);
  const wrong = listed.filter(({ refused }, at) => {
    const later = order.slice(at + 1);
    return later.length > 0 && !refused.includes(anyOf(later));
  });
  expect(wrong.map(({ folder }) => folder)).toEqual([]);
});
