import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestOf } from '../../test/support/manifest.ts';
import { BottleError } from '../errors.ts';
import { packageRoot } from '../host/paths.ts';
import { keyHomes } from './schema/json-schema.ts';

/** Tests that docs/MANIFEST.md is correct: the real reader accepts its examples, and every key has one. */

const PAGE = readFileSync(join(packageRoot(), 'docs/MANIFEST.md'), 'utf8');

/** Chapters whose sections end with `Example: ...`, and what makes a manifest of such an example, a flow map. */
const AROUND: Readonly<Record<string, (example: string) => string>> = {
  'bottles.NAME': (example) => `bottles: { web: {}, small: {}, dev: ${example} }`,
  'bottles.NAME.egress': (example) => `bottles: { dev: { egress: ${example} } }`,
  'Keys of a rule': (example) => `bottles: { dev: { egress: { allow: [${example}] } } }`,
  'agents.NAME': (example) => {
    const agent = example.includes('agent:') ? example : `{ bottle: dev, agent: shell, ${example.slice(1)}`;
    return `bottles: { dev: {} }\nagents: { mine: ${agent} }`;
  },
};

/** What makes a manifest of a block of YAML, by the block's first key. */
const AROUND_BLOCK: Readonly<Record<string, (block: string) => string>> = {
  bottles: (block) => block,
  agents: (block) => `bottles: { dev: {} }\n${block}`,
  ssh: (block) => `bottles:\n  dev:\n${block.replaceAll(/^/gm, '    ')}`,
  allow: (block) => `bottles:\n  dev:\n    egress:\n${block.replaceAll(/^/gm, '      ')}`,
};

const BLOCKS = [...PAGE.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = '']) => block);

const LINES = Object.entries(AROUND).flatMap(([chapter, around]) => {
  const [, text = ''] = PAGE.split(`\n## ${chapter}\n`);
  const [section = ''] = text.split('\n## ');
  return [...section.matchAll(/Example:\s`([^`]+)`/g)].map(([, example = '']) => {
    const line = example.replaceAll('\n', ' ');
    return { line, manifest: around(line.startsWith('{') ? line : `{ ${line} }`) };
  });
});

const MESSAGE = PAGE.split('```\n').at(-2) ?? '';

test.each(BLOCKS)('the reader of manifests accepts the block %s', (block) => {
  const around = AROUND_BLOCK[/^\w+/.exec(block)?.[0] ?? ''];
  expect([...manifestOf(around?.(block) ?? '').bottles.keys()]).toContain('dev');
});

test.each(LINES)('the reader of manifests accepts the example $line', ({ manifest }) => {
  expect([...manifestOf(manifest).bottles.keys()]).toContain('dev');
});

test('the page has an example and an explanation of every key', () => {
  const examples = [...BLOCKS, ...LINES.map(({ line }) => line)].join('\n');
  const keys = [...keyHomes().keys()];
  expect(keys.length).toBeGreaterThan(60);
  expect(keys.filter((key) => !new RegExp(`\\b${key}:`).test(examples))).toEqual([]);
  expect(
    keys.filter((key) => !PAGE.includes(`\`${key}\``) && !new RegExp(`^### .*\\b${key}\\b`, 'm').test(PAGE)),
  ).toEqual([]);
});

test('the error in the document is the one that users get', () => {
  const load = (): unknown => manifestOf('bottles:\n  web:\n    resources:\n      memroy: 4g\n');
  const [message = '', ...details] = MESSAGE.trimEnd().split('\n');
  expect(load).toThrow(expect.objectContaining({ message, details }) as BottleError);
});
