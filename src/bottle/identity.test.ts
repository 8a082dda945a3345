import { expect, test } from 'vitest';
import { describeSource as inManifest } from '../manifest/injection.ts';
import { describeSource as inSecrets, type SecretSource } from '../secrets/source.ts';

test.each<SecretSource>([
  { kind: 'env', name: 'KEY' },
  { kind: 'file', hostPath: '/home/u/key' },
  { kind: 'command', argv: ['gh', 'auth', 'token'], refreshMs: 1 },
  { kind: 'keyring', service: 's', account: 'a' },
  { kind: 'onePassword', reference: 'op://v/i/f' },
])('what people are asked to trust is what is read: $kind', (source) => {
  expect(inManifest(source)).toBe(inSecrets(source));
});
