import { describe, expect, test } from 'vitest';
import { manifestOf } from '../../test/support/manifest.ts';
import { draftsOf, presetsOf } from '../manifest/draft.ts';
import { resolve } from '../manifest/resolve.ts';
import { manifestTemplate, presetsFor } from './init.ts';

const MANIFEST_TEMPLATE = manifestTemplate([{ name: 'npm', isInstalled: true }]);

const SUPPLIES = {
  hostVariable: () => 'x',
  answers: new Map([['TICKET', 'x']]),
  presets: new Map([['npm', []]] as const),
  homeDir: '/home/me',
};

test('the manifest of init is valid, and its agents resolve', () => {
  const drafts = draftsOf(manifestOf(MANIFEST_TEMPLATE));
  expect(drafts.map((draft) => resolve(draft, SUPPLIES).name)).toEqual(['claude', 'shell']);
});

const EXAMPLE = /^( *)# (?=[- ] |[a-z_]+: *(?:[[{#]|[a-z]|$))/;

test('the manifest of init is valid with every example uncommented', () => {
  const lines = MANIFEST_TEMPLATE.split('\n');
  const uncommented = lines.map((line, index) => (index < 3 ? line : line.replace(EXAMPLE, '$1')));
  expect(uncommented.filter((line, index) => line !== lines[index])).toHaveLength(14);
  const manifest = manifestOf(uncommented.join('\n'));
  expect([...manifest.bottles.keys()]).toEqual(['dev', 'offline']);
  expect(draftsOf(manifest).map((draft) => resolve(draft, SUPPLIES).minBoundary)).toEqual([
    'user-kernel',
    'user-kernel',
  ]);
});

describe('init proposes', () => {
  const proposed = (files: readonly string[]) => presetsFor(files, () => true).map(({ name }) => name);

  test.each([
    ['package.json', 'npm'],
    ['deno.json', 'deno'],
    ['pyproject.toml', 'pip'],
    ['requirements.txt', 'pip'],
    ['go.mod', 'go'],
    ['Cargo.toml', 'cargo'],
    ['pom.xml', 'maven'],
    ['build.gradle', 'gradle'],
    ['build.gradle.kts', 'gradle'],
    ['Gemfile', 'gem'],
    ['app.csproj', 'nuget'],
    ['composer.json', 'composer'],
    ['mix.exs', 'hex'],
  ])('init proposes for %s the preset %s', (file, preset) => {
    expect(proposed(['README.md', file])).toEqual([preset]);
  });

  test('init proposes each preset once, for all files in the project', () => {
    expect(proposed(['pyproject.toml', 'requirements.txt', 'go.mod'])).toEqual(['pip', 'go']);
  });

  test('init proposes npm where no file decides', () => {
    expect(proposed(['README.md', 'my-go.mod.bak'])).toEqual(['npm']);
  });

  test('init proposes a missing client as a comment, so that the manifest starts', () => {
    const text = manifestTemplate(presetsFor(['go.mod', 'Gemfile'], (program) => program === 'go'));
    const [draft] = draftsOf(manifestOf(text));
    expect(draft === undefined ? [] : presetsOf(draft.bottle)).toEqual(['go']);
    expect(text).toContain('# - preset: gem         # needs ruby on this host, which is not there\n');
  });
});
