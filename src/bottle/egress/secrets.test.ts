import { describe, expect, test, afterAll } from 'vitest';
import { lentTexts, readSecrets, readSecretRules } from './secrets.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ID = 'ASIAIOSFODNN7EXAMPLE';
const KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE/token==';

test('AWS credentials are read again before they expire, and each secret part is protected', async () => {
  const Expiration = '2100-01-01T00:00:00Z';
  const printed = JSON.stringify({ AccessKeyId: ID, SecretAccessKey: KEY, SessionToken: TOKEN, Expiration });
  const argv = ['printf', '%s', printed];
  const identity = {
    name: 'aws',
    source: { kind: 'command' as const, argv, gives: 'awsCredentials' as const },
    slot: { kind: 'sigv4' as const, service: 's3', region: 'eu-central-1' },
  };
  const secrets = await readSecrets([identity], { protectedValues: [], bait: undefined });
  const expiresAtMs = Date.parse(Expiration);
  expect(secrets.refreshes).toEqual([{ name: 'aws', argv, gives: 'awsCredentials', expiresAtMs }]);
  expect(lentTexts(secrets)).toEqual([{ name: 'aws', texts: [KEY, TOKEN] }]);
});

describe('secret rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-rules-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  afterAll(() => rmSync(folder, { recursive: true }));

  test('secret rules of several files are combined, each with its own exceptions', async () => {
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

  test('an invalid file of secret rules is an error with its name', async () => {
    const broken = file('broken', "[[rules]]\nid = 'a'\nregex = '('\n");
    for (const path of [broken, join(folder, 'missing')]) {
      await expect(readSecretRules([path])).rejects.toMatchObject({
        code: 'manifest',
        message: expect.stringContaining(path),
      });
    }
  });
});
