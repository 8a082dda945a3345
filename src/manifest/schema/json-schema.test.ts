import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../host/paths.ts';
import { keysAllowedAt, manifestJsonSchema, wordsAllowedAt } from './json-schema.ts';

test('the schema in the repository is up to date', async () => {
  await expect(`${JSON.stringify(manifestJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    join(packageRoot(), 'schema/bot-bottle.schema.json'),
  );
});

test('the schema is of draft 7, which the YAML language server reads', () => {
  expect(manifestJsonSchema()).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
});

test('the keys and values of a place are found, also through alternatives', () => {
  expect(keysAllowedAt(['bottles', 'web', 'image'])).toEqual(['dockerfile']);
  expect(keysAllowedAt(['bottles', 'web', 'runtime'])).toEqual([]);
  const inject = ['bottles', 'web', 'egress', 'allow', 0, 'inject'];
  expect(keysAllowedAt(inject)).toEqual(['header', 'bearer', 'basic', 'query', 'sigv4', 'secret', 'env']);
  expect(wordsAllowedAt(inject)).toEqual(['anthropic', 'openai', 'github', 'npm']);
});
