import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { draftsOf } from '../src/manifest/draft.ts';
import { NOT_COVERED } from '../src/verify/probes/not-covered.ts';
import { manifestOf } from '../test/support/manifest.ts';

/** What the documents name is there: files, folders, tests, links, decisions. */

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['assets', 'bench', 'docs', 'images', 'schema', 'scripts', 'src', 'test'];
const PATHS = [
  ...readdirSync(ROOT),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  ),
];
const DOCUMENTS = PATHS.filter(
  (path) => /^[^/]+\.md$|^docs\/.*\.md$|\/README\.md$/.test(path) && !path.startsWith('docs/adr/0'),
);
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** In backticks: a path from the root, or a program's file by the end of its path; `*` and `<name>` stand for any. */
function namedPaths(text: string): string[] {
  const spans = [...text.matchAll(/`([^`\s]+)`/g)].map(([, span = '']) => span.replace(/\/$/, ''));
  const fromRoot = new RegExp(`^(${FOLDERS.join('|')})/`);
  return spans.filter((span) => fromRoot.test(span) || /^[\w*<][\w*<>./-]*\.(ts|pl|mjs)$/.test(span));
}

function isThere(named: string): boolean {
  const pattern = named.replaceAll('.', '\\.').replaceAll(/\*|<\w+>/g, '[^/]*');
  const whole = new RegExp(`(^|/)${pattern}$`);
  return PATHS.some((path) => whole.test(path));
}

test.each(DOCUMENTS)('%s names files that are there', (document) => {
  expect(namedPaths(textOf(document)).filter((named) => !isThere(named))).toEqual([]);
});

test.each(DOCUMENTS)('%s links to files that are there', (document) => {
  const targets = [...textOf(document).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
  const paths = targets.map((target) => posix.join(dirname(document), target).replace(/\/$/, ''));
  expect(paths.filter((path) => !PATHS.includes(path))).toEqual([]);
});

test('every claim of the threat model is attacked by a test that is there', () => {
  const rows = textOf('docs/THREAT-MODEL.md').matchAll(/^\| (?!claim|---).* \| (.+) \|$/gm);
  const attacks = [...rows].map(([, attack = '']) =>
    [...attack.matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
  );
  expect(attacks.length).toBeGreaterThan(20);
  const missing = attacks
    .flat()
    .filter(
      (name) =>
        !PATHS.includes(`test/integration/${name}.test.ts`) && !PATHS.includes(`src/commands/${name}.ts`),
    );
  expect(missing).toEqual([]);
});

test('the threat model says all that every report of verify says it does not cover', () => {
  const text = textOf('docs/THREAT-MODEL.md');
  expect(NOT_COVERED.filter(({ what }) => !text.includes(`- ${what}\n`))).toEqual([]);
});

test('the list of decisions has every decision', () => {
  const listed = [...textOf('docs/adr/README.md').matchAll(/\((\d{4}-[\w-]+\.md)\)/g)].map(
    ([, name]) => name,
  );
  expect(listed).toEqual(
    readdirSync(join(ROOT, 'docs/adr'))
      .filter((name) => /^\d/.test(name))
      .sort(),
  );
});

test.each(['README.md', 'docs/MANIFEST.md'])('the manifest in %s is valid', (document) => {
  const [, manifest = ''] = /```yaml\n([^]*?)```/.exec(textOf(document)) ?? [];
  expect(draftsOf(manifestOf(manifest)).map(({ name }) => name)).toEqual(['claude', 'shell']);
});
