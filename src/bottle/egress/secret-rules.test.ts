import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readSecretRules } from './secret-rules.ts';

const folder = mkdtempSync(join(tmpdir(), 'secret-rules-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
afterAll(() => rmSync(folder, { recursive: true }));

test('files together, each with its own exceptions', async () => {
  const one = file(
    'one',
    "[[rules]]\nid = 'a'\nregex = 'ACME-[0-9]{8}'\n[allowlist]\nstopwords = ['00000000']\n",
  );
  const two = file('two', "[[rules]]\nid = 'b'\nregex = 'B-[0-9]{8}'\n");
  const set = await readSecretRules([one, two]);
  expect(set?.rules.map(({ id, allowlists = [] }) => [id, allowlists.length])).toEqual([
    ['a', 1],
    ['b', 0],
  ]);
  expect(await readSecretRules([])).toBeUndefined();
});

test('what cannot be used is an error that names the file', async () => {
  const broken = file('broken', "[[rules]]\nid = 'a'\nregex = '('\n");
  for (const path of [broken, join(folder, 'missing')]) {
    await expect(readSecretRules([path])).rejects.toMatchObject({
      code: 'manifest',
      message: expect.stringContaining(path),
    });
  }
});
