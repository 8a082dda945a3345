import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { explainAuto, explainHosts } from '../src/commands/doctor/explain-hosts.ts';
import { draftsOf } from '../src/manifest/draft.ts';
import { PROBES } from '../src/verify/probes/index.ts';
import { NOT_COVERED } from '../src/verify/probes/not-covered.ts';
import { FAMILIES } from '../src/verify/probes/probe.ts';
import { manifestOf } from '../test/support/manifest.ts';
import { HOSTS_DOCUMENT, renderHostsDocument } from './hosts-document.ts';
import { PROBES_DOCUMENT, renderProbesDocument } from './probes-document.ts';

/** Everything that the documents name exists: files, folders, tests, links, decisions. */

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
const ADRS = PATHS.filter((path) => path.startsWith('docs/adr/0'));
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/**
 * Returns the paths in backticks: a path from the root, or the end of a program's path; `*` and `<name>` match any
 * name.
 */
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

/** Returns the rows of each table, as cells. */
const tablesOf = (text: string): string[][][] =>
  text
    .split(/\n(?!\|)/)
    .filter((part) => part.includes('|'))
    .flatMap((part) => {
      const [, , ...rows] = part.split('\n').filter((line) => line.startsWith('| '));
      return rows.length === 0 ? [] : [rows.map((row) => row.slice(2, -2).split(' | '))];
    });

const WIDEST = 120;

/** Lines outside tables, and table cells without their padding, that are longer than 120 characters: `line: start`. */
function tooWideIn(text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const parts = line.startsWith('|') ? line.split(/(?<!\\)\|/).map((part) => part.trim()) : [line];
    const wide = parts.filter((part) => part.length > WIDEST && !/^[-:]+$/.test(part));
    return wide.map((part) => `${index + 1}: ${part.slice(0, 40)}`);
  });
}

test.each([...DOCUMENTS, ...ADRS])(
  '%s has no line and no table cell of more than 120 characters',
  (document) => {
    expect(tooWideIn(textOf(document))).toEqual([]);
  },
);

test('a line and a table cell of 121 characters are found, and 120 are accepted', () => {
  const [fits, wide] = ['a'.repeat(120), 'b'.repeat(121)];
  expect(tooWideIn([fits, `| ${fits} | ${fits} |`, `| ${'-'.repeat(130)} |`].join('\n'))).toEqual([]);
  expect(tooWideIn([wide, `| a | ${wide} |`].join('\n'))).toEqual([
    `1: ${'b'.repeat(40)}`,
    `2: ${'b'.repeat(40)}`,
  ]);
});

const namesIn = (text = ''): string[] => [...text.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name);

const CLAIMED: readonly string[] = [...Object.keys(FAMILIES), ...PROBES.map(({ id }) => id)];

/** Returns the faults of claims: a claim names no probe, or one that does not exist. */
const faultsOf = (claims: readonly string[][]): string[] =>
  claims.flatMap(([claim = '', probes]) => {
    const names = namesIn(probes);
    if (names.length === 0) return [`no probe: ${claim}`];
    return names.filter((name) => !CLAIMED.includes(name)).map((name) => `no such probe: ${name}`);
  });

test('the table of claims is that of the probes', () => {
  expect(textOf(PROBES_DOCUMENT)).toBe(renderProbesDocument(PROBES));
});

test('the table of hosts is that of `doctor --explain`', () => {
  expect(textOf(HOSTS_DOCUMENT)).toBe(renderHostsDocument(explainHosts(), explainAuto()));
});

test('every claim of the threat model that a program in a bottle can try names probes that are there', () => {
  const [tried = []] = tablesOf(textOf('docs/THREAT-MODEL.md'));
  expect(tried.length).toBeGreaterThan(15);
  expect(faultsOf(tried)).toEqual([]);
});

test('every claim of the README names probes that are there, and every family is claimed', () => {
  const [, section = ''] = /## What it claims\n([^]*?)\n## /.exec(textOf('README.md')) ?? [];
  const claims = section.split(/\n- /).slice(1);
  expect(faultsOf(claims.map((claim) => [claim, claim.split('\n\n')[0] ?? '']))).toEqual([]);
  expect(namesIn(section)).toEqual(expect.arrayContaining(Object.keys(FAMILIES)));
});

test('a claim without a probe, or with one that is not there, is found', () => {
  expect(faultsOf([['It flies.', 'by itself']])).toEqual(['no probe: It flies.']);
  expect(faultsOf([['It swims.', '`dns`, `no-such-probe`']])).toEqual(['no such probe: no-such-probe']);
});

/** Names of the files of test/integration, without their folders. */
const INTEGRATION_TESTS = new Set(
  PATHS.flatMap((path) => /^test\/integration\/(?:.*\/)?([^/]+)\.test\.ts$/.exec(path)?.[1] ?? []),
);

test('every claim of the threat model is attacked by a test that is there', () => {
  const claims = tablesOf(textOf('docs/THREAT-MODEL.md')).flat();
  const attacks = claims.map((cells) => namesIn(cells.at(-1)));
  expect(attacks.length).toBeGreaterThan(35);
  const missing = attacks
    .flat()
    .filter(
      (name) =>
        ![`src/commands/${name}.ts`, `src/commands/${name}/${name}.ts`].some((path) =>
          PATHS.includes(path),
        ) && !INTEGRATION_TESTS.has(name),
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

test('the manifest in README.md is valid', () => {
  const [, manifest = ''] = /```yaml\n([^]*?)```/.exec(textOf('README.md')) ?? [];
  expect(draftsOf(manifestOf(manifest)).map(({ name }) => name)).toEqual(['claude', 'shell']);
});
