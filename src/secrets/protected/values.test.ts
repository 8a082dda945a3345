import { expect, test } from 'vitest';
import { valuesIn } from './values.ts';

const KEY = [
  '-----BEGIN OPENSSH PRIVATE KEY-----',
  `b3BlbnNzaC1r${'ZXktdjEA'.repeat(6)}`,
  'AAAAB3NzaC1yc2EAAAAD',
  '-----END OPENSSH PRIVATE KEY-----',
];

test.each([
  ['API_KEY=s3cr3t-value-1', ['s3cr3t-value-1']],
  ['export TOKEN="two words 22"  ', ['two words 22']],
  ["password: 'p4ss-w0rd-9'", ['p4ss-w0rd-9']],
  ['  "client_secret": "GOCSPX-abc123def456",', ['GOCSPX-abc123def456']],
  ['KEY=abc123def456 # mine', ['abc123def456']],
  ['DB=postgres://user:pa55word@host/db', ['pa55word']],
  [KEY.join('\n'), KEY.slice(1, 3)],
  ['//npm.corp.example:8080/:_authToken=npm_Abc123Def456', ['npm_Abc123Def456']],
  ['https://me:ghp_Abc123Def456@git.example', ['ghp_Abc123Def456']],
  ['url:https://me:ghp_Abc123Def456@git.example', ['ghp_Abc123Def456']],
  ['SAS=https://a.example/b?sv=1&sig=abcDEF1234567890xyz', ['abcDEF1234567890xyz']],
  ['HOOK=https://hooks.example/T/B/Xy12Zw34Vu56Ts78', ['Xy12Zw34Vu56Ts78']],
  ['DB_PASSWORD=correcthorsebattery', ['correcthorsebattery']],
  ['{"auths":{"registry.example":{"auth":"bWU6cGE1NXdvcmQ="}}}', ['bWU6cGE1NXdvcmQ=']],
  ['{ "auths": { "r": { "auth": "bWU6cGE1NXdvcmQ=" } } }', ['bWU6cGE1NXdvcmQ=']],
  [JSON.stringify({ private_key: `${KEY.join('\n')}\n` }), KEY.slice(1, 3)],
  // Common values are not secrets.
  ['NODE_ENV=production', []],
  ['PORT=30000000', []],
  ['URL=https://example.org/path', []],
  ['HOME_DIR=/home/somebody/project', []],
  ['# API_KEY=s3cr3t-value-1', []],
  ['SHORT=abc1', []],
  ['NAME=abcdefghijklmnop', []],
  ['REDIS=redis://localhost:6379/0', []],
  ['URL=https://example.org/path?page=2', []],
  ['// a comment with s3cr3t-value-1', []],
  ['just a line of prose in a file', []],
])('the values of a protected file are found: %s', (text, values) => {
  expect(valuesIn('f', text).values.map(({ value }) => value)).toEqual(values);
});

test('a protected value is named by its place, without the value', () => {
  expect(valuesIn('.env', 'A=1\nAPI_KEY=s3cr3t-value-1').values).toEqual([
    { name: '.env: API_KEY', value: 's3cr3t-value-1' },
  ]);
  expect(valuesIn('id', KEY.join('\n')).values[0]?.name).toBe('id, line 2');
});

test('the same value is searched for once', () => {
  expect(valuesIn('f', 'TOKEN=s3cr3t-value-1\nSECRET=s3cr3t-value-1').values).toHaveLength(1);
});

test.each([
  ['.netrc', 'machine h.example login me password pa55-word-1'],
  ['_netrc', 'machine h.example\n  login me\n  password pa55-word-1\n'],
  ['.pgpass', 'h.example:5432:base:me:pa55-word-1'],
])('%s is read as its programs read it', (name, text) => {
  expect(valuesIn(name, text).values.map(({ value }) => value)).toEqual(['pa55-word-1']);
});

test("a plain value in a secret's place is named", () => {
  const text = 'DB_PASSWORD=postgres\nPIN=12345678\nNODE_ENV=production\nTOKEN=\nAPI_KEY=s3cr3t-value-1';
  expect(valuesIn('.env', text).plain).toEqual(['.env: DB_PASSWORD', '.env: PIN']);
});
