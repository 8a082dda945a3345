import { expect, test } from 'vitest';
import { awsCredentialsIn } from './aws-credentials.ts';
import { readSecret } from './read.ts';

const ID = 'ASIAIOSFODNN7EXAMPLE';
const KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE/token==';
const PRINTED = { Version: 1, AccessKeyId: ID, SecretAccessKey: KEY, SessionToken: TOKEN };

test('credentials of a program are one text', () => {
  const printed = { ...PRINTED, Expiration: '2030-01-01T00:00:00+00:00' };
  expect(awsCredentialsIn(JSON.stringify(printed, null, 2), 'aws')).toBe(`${ID}:${KEY}:${TOKEN}`);
  expect(awsCredentialsIn(JSON.stringify({ ...PRINTED, SessionToken: '' }), 'aws')).toBe(`${ID}:${KEY}`);
});

test.each([
  ['no JSON', `${ID} ${KEY}`],
  ['a list', '[]'],
  ['null', 'null'],
  ['no id', JSON.stringify({ ...PRINTED, AccessKeyId: undefined })],
  ['a key that is none', JSON.stringify({ ...PRINTED, SecretAccessKey: `${KEY}\n` })],
  ['a token of two parts', JSON.stringify({ ...PRINTED, SessionToken: `${TOKEN}:${TOKEN}` })],
])('what is none is refused, and not shown: %s', (_, printed) => {
  let said = '';
  try {
    awsCredentialsIn(printed, 'the command aws');
  } catch (error) {
    said = JSON.stringify([error, String(error)]);
  }
  expect(said).toContain('the command aws prints are no AWS credentials');
  expect(said).not.toContain(KEY.slice(0, 12));
  expect(said).not.toContain(TOKEN.slice(0, 12));
});

test('a command is read so where it is to give them', async () => {
  const argv = ['printf', '%s', JSON.stringify(PRINTED)];
  const read = await readSecret({ kind: 'command', argv, gives: 'awsCredentials' });
  expect(read()).toBe(`${ID}:${KEY}:${TOKEN}`);
});
