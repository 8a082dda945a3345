import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createInspector } from './inspector.ts';

/** Tokens of one issuer begin alike, with text that anybody can write: only the signature is a secret. */

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const signature = (of: string): string => createHash('sha512').update(of).digest('base64url');
const BEGINNING = [
  part({ alg: 'RS512', typ: 'JWT', kid: '0d3e9b5c7a1f42688e6b' }),
  part({ iss: 'https://issuer.test', aud: 'https://api.issuer.test', sub: 'robot', iat: 1_700_000_000 }),
].join('.');
const TOKEN = `${BEGINNING}.${signature('the user’s')}`;

const blocks = (text: string): boolean => {
  const inspector = createInspector({
    secrets: [{ name: 'TOKEN', value: TOKEN, kind: 'secret' }],
    rules: [],
  });
  const body = inspector.body({ host: 'a.test', where: 'body', action: 'block' });
  const findings = [body.push(Buffer.from(text)), body.end()].flatMap((one) => one.findings);
  const head = inspector.head({ host: 'a.test', path: `/?t=${text}`, headers: [] });
  expect(head.length > 0).toBe(findings.length > 0);
  return findings.length > 0;
};

test.each([
  ['as it is', TOKEN],
  ['in base64', Buffer.from(`Bearer ${TOKEN}`).toString('base64url')],
  ['its signature alone', signature('the user’s')],
  ['most of its signature', signature('the user’s').slice(3, 60)],
])('a known token does not leave: %s', (_, text) => {
  expect(blocks(text)).toBe(true);
});

test('another token of the same issuer and subject passes', () => {
  expect(blocks(`${BEGINNING}.${signature('another’s')}`)).toBe(false);
});

test('a refusal does not tell an agent that knows the beginning of a token how it continues', () => {
  const known = `${BEGINNING}.${signature('the user’s').slice(0, 20)}`;
  expect(blocks(known.slice(-47) + signature('the user’s').slice(20, 21))).toBe(false);
  expect(blocks(known)).toBe(false);
});
