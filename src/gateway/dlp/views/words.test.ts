import { describe, expect, test } from 'vitest';
import { DISGUISES } from '../encodings.testing.ts';
import { createInspector } from '../inspector.ts';
import { compileRules } from '../rules/compile.ts';

/** Credentials that rules match, encoded behind names whose letters decode to something. */

const RULES = compileRules({
  rules: [
    { id: 'begins', regex: '\\bacme_[a-z0-9]{20}', keywords: ['acme_'] },
    { id: 'ends', regex: '\\b(zeta_[a-z0-9]{20})(?:["\\s;]|$)', keywords: ['zeta_'] },
  ],
  allowlists: [],
});
const BEGINS = 'acme_0a1b2c3d4e5f6g7h8i9j';
const ENDS = 'zeta_0a1b2c3d4e5f6g7h8i9j';

const found = (text: string): readonly string[] => {
  const inspector = createInspector({ secrets: [], rules: RULES });
  const head = inspector.head({ host: 'h.example', path: `/?${text}`, headers: [] });
  const body = inspector.body({ host: 'h.example', where: 'body', action: 'block' });
  const ids = [head, body.push(Buffer.from(text)).findings, body.end().findings].map((findings) =>
    findings.map(({ id }) => id),
  );
  return [...new Set(ids.flat())];
};

const NAMES = [
  'data',
  'body',
  'text',
  'payload',
  'content',
  'file',
  'value',
  'token',
  'a',
  'face',
  'c0de4a',
  'query',
  'blob',
];
const CODINGS = ['base64', 'base64url', 'hex', 'hex, upper case', 'base32', 'base32, lower case'];
const encode = (coding: string, text: string): string =>
  DISGUISES[coding]!(Buffer.from(text)).toString('latin1');

describe.each(CODINGS)('a credential in %s', (coding) => {
  test.each(NAMES)('is found behind the name %s, in JSON, forms and lines', (name) => {
    for (const secret of [BEGINS, ENDS]) {
      const encoded = encode(coding, secret);
      const id = secret === BEGINS ? 'begins' : 'ends';
      const texts = [
        JSON.stringify({ [name]: encoded, more: 'and something else' }),
        `${name}=${encodeURIComponent(encoded)}&more=something`,
        `${name}: ${encoded}\nmore: something\n`,
      ];
      expect(texts.map((text) => found(text))).toEqual([[id], [id], [id]]);
    }
  });
});

test('a credential in base64 of base64 is found behind any name', () => {
  const texts = NAMES.map((name) => JSON.stringify({ [name]: encode('base64', encode('base64', ENDS)) }));
  expect(texts.map((text) => found(text))).toEqual(NAMES.map(() => ['ends']));
});

test('a credential in lines of base64 is found behind any name', () => {
  const long = encode('base64', `${BEGINS} ${'and much more '.repeat(20)}${ENDS}`).replace(/.{76}/g, '$&\n');
  expect(NAMES.map((name) => found(`${name}:\n${long}\n\nmore`))).toEqual(
    NAMES.map(() => ['begins', 'ends']),
  );
});

test.each([
  ['letters before it', `xyz${BEGINS}`],
  ['more behind it', `${ENDS}more`],
])('a value with %s is no credential, even encoded', (_, text) => {
  expect(found(`data: "${text}", again: "${encode('base64', text)}"`)).toEqual([]);
});
