import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestOf } from '../../test/support/manifest.ts';
import { BottleError } from '../errors.ts';
import { packageRoot } from '../host/paths.ts';
import { keyHomes } from './schema/json-schema.ts';

/** Tests that docs/MANIFEST.md is correct. */

const PAGE = readFileSync(join(packageRoot(), 'docs/MANIFEST.md'), 'utf8');
const [EXAMPLE = '', GITHUB = '', INJECT = '', MESSAGE = ''] = [
  ...PAGE.matchAll(/^```(?:yaml)?\n([^]*?)^```$/gm),
].map(([, text]) => text);

test('every key has a place in it', () => {
  for (const key of keyHomes().keys()) {
    expect(PAGE).toContain(`\`${key}\``);
  }
});

test('its manifest is valid', () => {
  expect([...manifestOf(EXAMPLE).agents.keys()]).toEqual(['claude', 'shell']);
});

test.each([GITHUB, INJECT])('its rules with an identity are valid: %s', (written) => {
  const rules = written.replaceAll(/^/gm, '      ');
  expect([...manifestOf(`bottles:\n  dev:\n    egress:\n${rules}`).bottles.keys()]).toEqual(['dev']);
});

test('its error is what people get', () => {
  const load = (): unknown => manifestOf('bottles:\n  web:\n    resources:\n      memroy: 4g\n');
  const [message = '', ...details] = MESSAGE.trimEnd().split('\n');
  expect(load).toThrow(expect.objectContaining({ message, details }) as BottleError);
});
