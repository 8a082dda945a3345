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
  ['DB=postgres://user:pa55word@host/db', ['postgres://user:pa55word@host/db']],
  [KEY.join('\n'), KEY.slice(1, 3)],
  // What everybody has is nobody's secret.
  ['NODE_ENV=production', []],
  ['PORT=30000000', []],
  ['URL=https://example.org/path', []],
  ['HOME_DIR=/home/somebody/project', []],
  ['# API_KEY=s3cr3t-value-1', []],
  ['SHORT=abc1', []],
  ['just a line of prose in a file', []],
])('%s', (text, values) => {
  expect(valuesIn('f', text).map(({ value }) => value)).toEqual(values);
});

test('the place is named, not the value', () => {
  expect(valuesIn('.env', 'A=1\nAPI_KEY=s3cr3t-value-1')).toEqual([
    { name: '.env: API_KEY', value: 's3cr3t-value-1' },
  ]);
  expect(valuesIn('id', KEY.join('\n'))[0]?.name).toBe('id, line 2');
});

test('the same value is looked for once', () => {
  expect(valuesIn('f', 'A=s3cr3t-value-1\nB=s3cr3t-value-1')).toHaveLength(1);
});
