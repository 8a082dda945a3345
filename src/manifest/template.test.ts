import { expect, test } from 'vitest';
import { manifestOf } from '../../test/support/manifest.ts';
import { draftsOf } from './draft.ts';
import { resolve } from './resolve.ts';
import { MANIFEST_TEMPLATE } from './template.ts';

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

test('and so it is with every example in it uncommented', () => {
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
