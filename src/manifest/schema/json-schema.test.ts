import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../host/paths.ts';
import { keysAllowedAt, manifestJsonSchema } from './json-schema.ts';

test('the schema that lies in the repository is this one', async () => {
  await expect(`${JSON.stringify(manifestJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    join(packageRoot(), 'schema/bot-bottle.schema.json'),
  );
});

test('draft 7, which the YAML language server takes', () => {
  expect(manifestJsonSchema()).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
});

test('a key that is refused is no suggestion', () => {
  const keys = keysAllowedAt(['bottles', 'web', 'egress', 'allow', 0]);
  expect(keys).toEqual(['host', 'preset', 'port', 'scheme', 'methods', 'paths', 'tls', 'addresses']);
  expect(keysAllowedAt(['bottles', 'web', 'image'])).toEqual(['dockerfile']);
  expect(keysAllowedAt(['bottles', 'web', 'runtime'])).toEqual([]);
});
