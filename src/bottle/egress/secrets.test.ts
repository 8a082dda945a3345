import { expect, test } from 'vitest';
import { lentTexts, readSecrets } from './secrets.ts';

const ID = 'ASIAIOSFODNN7EXAMPLE';
const KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE/token==';

test('AWS credentials are read again before they expire, and each secret part of them is one', async () => {
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
