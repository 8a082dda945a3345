import { expect, test } from 'vitest';
import { awsCredentialsIn } from './aws-credentials.ts';
import { readSecret } from './read.ts';

const ID = 'ASIAIOSFODNN7EXAMPLE';
const KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE/token==';
const NOW_MS = Date.parse('2030-01-01T00:00:00Z');
const PRINTED = { Version: 1, AccessKeyId: ID, SecretAccessKey: KEY, SessionToken: TOKEN };

test('credentials of a program are one text', () => {
  const text = JSON.stringify(PRINTED, null, 2);
  expect(awsCredentialsIn(text, 'aws', NOW_MS)).toEqual({ value: `${ID}:${KEY}:${TOKEN}` });
  const alone = JSON.stringify({ ...PRINTED, SessionToken: '', Expiration: '' });
  expect(awsCredentialsIn(alone, 'aws', NOW_MS)).toEqual({ value: `${ID}:${KEY}` });
});

const expiring = (Expiration: unknown): string => JSON.stringify({ ...PRINTED, Expiration });

test.each([
  '2030-01-01T01:00:00Z',
  '2030-01-01 01:00:00Z',
  '2030-01-01T01:00:00.000000+00:00',
  '2030-01-01T03:30:00+02:30',
  '2030-01-01T03:30:00+0230',
  '2030-01-01T01:00:00+00',
])('credentials state their expiry: %s', (written) =>
  expect(awsCredentialsIn(expiring(written), 'aws', NOW_MS).expiresAtMs).toBe(NOW_MS + 3_600_000),
);

test.each([
  ['2001-01-01T00:00:00Z', 'expired at 2001-01-01T00:00:00.000Z'],
  ['2030-01-01T00:00:00Z', 'expired at 2030-01-01T00:00:00.000Z'],
])('credentials with the Expiration %s are refused', (written, why) => {
  expect(() => awsCredentialsIn(expiring(written), 'the command aws', NOW_MS)).toThrow(why);
});

test.each(['2030-01-01T01:00:00', '2030-13-01T01:00:00Z', 'tomorrow', 1_893_459_600])(
  'credentials with an unreadable Expiration are used without a schedule: %s',
  (written) => expect(awsCredentialsIn(expiring(written), 'aws', NOW_MS).expiresAtMs).toBeUndefined(),
);

test.each([
  ['no JSON', `${ID} ${KEY}`],
  ['a list', '[]'],
  ['null', 'null'],
  ['no id', JSON.stringify({ ...PRINTED, AccessKeyId: undefined })],
  ['a key that is none', JSON.stringify({ ...PRINTED, SecretAccessKey: `${KEY}\n` })],
  ['a token of two parts', JSON.stringify({ ...PRINTED, SessionToken: `${TOKEN}:${TOKEN}` })],
])('an invalid answer is refused without showing it: %s', (_, printed) => {
  let said = '';
  try {
    awsCredentialsIn(printed, 'the command aws', NOW_MS);
  } catch (error) {
    said = JSON.stringify([error, String(error)]);
  }
  expect(said).toContain('the command aws prints are no AWS credentials');
  expect(said).not.toContain(KEY.slice(0, 12));
  expect(said).not.toContain(TOKEN.slice(0, 12));
});

test('the output of a command for credentials is read that way', async () => {
  const argv = ['printf', '%s', expiring('2100-01-01T00:00:00Z')];
  const read = await readSecret({ kind: 'command', argv, gives: 'awsCredentials' });
  expect([read(), read.expiresAtMs]).toEqual([`${ID}:${KEY}:${TOKEN}`, Date.parse('2100-01-01T00:00:00Z')]);
});
