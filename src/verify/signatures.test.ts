import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { expect, test } from 'vitest';
import { authorityCertificate } from '../gateway/tls/authority/certificate.ts';
import { isSignedBy } from './signatures.ts';

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = newKeys();
const certificate = authorityCertificate({
  ...keys,
  commonName: 'bot-bottle test',
  constraints: { names: [], addresses: [] },
  notBefore: new Date(Date.now() - 60_000),
  notAfter: new Date(Date.now() + 60_000),
});
const signed = (word: string, key: KeyObject): string => {
  const signature = sign('sha256', Buffer.from(word), key).toString('base64');
  return JSON.stringify({ attempt: 'ca-key', met: `signed: ${signature}` });
};

test('what the key of the authority has signed is its', () => {
  const said = `${signed('word', newKeys().privateKey)}\n${signed('word', keys.privateKey)}\n`;
  expect(isSignedBy(certificate, 'word', said)).toBe(true);
});

test.each([
  ['nothing', ''],
  ['another key', signed('word', newKeys().privateKey)],
  ['another word', signed('other', keys.privateKey)],
  ['what is no signature', 'A'.repeat(96)],
  ['the certificate itself', certificate.replaceAll('\n', '')],
])('%s signs nothing', (_, said) => {
  expect(isSignedBy(certificate, 'word', said)).toBe(false);
});
