import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import type { Injection } from '../config.ts';
import { fingerprintOf } from '../dlp/fingerprint.ts';
import { createPlaceholderAlarm } from './alarm.ts';
import { applyIdentity } from './apply.ts';

const PLACEHOLDER = 'sk-ant-api03-Q1w2E3r4T5y6U7i8O9p0';
const OTHER = 'ghp_A1s2D3f4G5h6J7k8';
const alarm = createPlaceholderAlarm({
  anthropic: { value: 'the-real-one', placeholder: PLACEHOLDER },
  github: { value: 'another-real', placeholder: OTHER },
});
const inHeader: Injection = { secret: 'anthropic', slot: { kind: 'header', name: 'x-api-key' } };
const inQuery: Injection = { secret: 'anthropic', slot: { kind: 'query', name: 'key' } };
const bearer: Injection = { secret: 'anthropic', slot: { kind: 'bearer' } };
const basic: Injection = { secret: 'github', slot: { kind: 'basic', user: 'x-access-token' } };
const plain = { host: 'api.example', path: '/v1?a=b', headers: ['accept', '*/*'] };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const both = (...names: readonly string[]): string[] => names.flatMap((name) => [name, PLACEHOLDER]);

test.each([
  ['its own header', { headers: ['X-Api-Key', PLACEHOLDER] }, inHeader],
  ['its own parameter', { path: `/v1?a=b&key=${PLACEHOLDER}` }, inQuery],
  ['its own Basic credentials', { headers: ['authorization', `Basic ${base64(`x:${OTHER}`)}`] }, basic],
  ['nowhere', {}, inHeader],
  // Anthropic’s SDK sends its `apiKey` like this.
  ['a bearer, where x-api-key is its own', { headers: ['authorization', `Bearer ${PLACEHOLDER}`] }, inHeader],
  ['its own header and a bearer', { headers: both('x-api-key', 'authorization') }, inHeader],
  [
    'Basic credentials, as the user',
    { headers: ['authorization', `Basic ${base64(`${PLACEHOLDER}:`)}`] },
    inHeader,
  ],
  ['a token of Authorization', { headers: ['AUTHORIZATION', `token ${PLACEHOLDER}`] }, inQuery],
  ['x-api-key, where a bearer is its own', { headers: ['X-Api-Key', PLACEHOLDER] }, bearer],
  ['api-key, as Azure has it', { headers: ['api-key', PLACEHOLDER] }, bearer],
  ['PRIVATE-TOKEN, where Basic is its own', { headers: ['PRIVATE-TOKEN', OTHER] }, basic],
  ['x-goog-api-key, where `key` is its own', { headers: ['x-goog-api-key', PLACEHOLDER] }, inQuery],
  ['a parameter for keys, where a header is its own', { path: `/v1?api_key=${PLACEHOLDER}&a=b` }, inHeader],
])('a placeholder in %s raises no alarm', (_, change, injection) =>
  expect(alarm({ ...plain, ...change }, injection)).toBeUndefined(),
);

test.each([
  ['another header', { headers: ['x-note', PLACEHOLDER] }, inHeader, 'the header x-note'],
  ['a header’s name', { headers: [OTHER, '1'] }, inHeader, `the header ${OTHER}`],
  [
    'a cookie, in base64',
    { headers: ['cookie', `a=${base64(`--${PLACEHOLDER}--`)}`] },
    inHeader,
    'the header cookie',
  ],
  ['the path', { path: `/v1/${PLACEHOLDER}` }, inHeader, 'the path'],
  ['the path, in hex', { path: `/${Buffer.from(PLACEHOLDER).toString('hex')}` }, inHeader, 'the path'],
  [
    'the query, percent-encoded',
    { path: `/?q=${PLACEHOLDER.replaceAll('-', '%2D')}` },
    inHeader,
    'the query',
  ],
  ['another parameter', { path: `/?key=x&q=${PLACEHOLDER}` }, inQuery, 'the query'],
  [
    'the host',
    { host: `${OTHER.replace('_', '-').toLowerCase()}.${OTHER.toLowerCase()}.example` },
    inHeader,
    'the host',
  ],
  [
    'another header, as a bearer',
    { headers: ['x-note', `Bearer ${PLACEHOLDER}`] },
    bearer,
    'the header x-note',
  ],
  ['another header besides its own', { headers: both('x-api-key', 'x-note') }, inHeader, 'the header x-note'],
  ['a cookie', { headers: ['cookie', `key=${PLACEHOLDER}`] }, bearer, 'the header cookie'],
  [
    'a subprotocol',
    { headers: ['sec-websocket-protocol', `realtime, openai-insecure-api-key.${PLACEHOLDER}`] },
    bearer,
    'the header sec-websocket-protocol',
  ],
  [
    'a header that identifies the client',
    { headers: ['x-forwarded-user', PLACEHOLDER] },
    bearer,
    'the header x-forwarded-user',
  ],
  ['a parameter of the path', { path: `/v1;api_key=${PLACEHOLDER}?a=b` }, inHeader, 'the path'],
  ['the name of a parameter', { path: `/v1?api_key${PLACEHOLDER}=1` }, inHeader, 'the query'],
  ['a parameter within another', { path: `/v1?a=b;api_key=${PLACEHOLDER}` }, inHeader, 'the query'],
  ['another parameter besides', { path: `/?api_key=x&q=${PLACEHOLDER}` }, inHeader, 'the query'],
  [
    'a bearer by the rule of another secret',
    { headers: ['authorization', `Bearer ${PLACEHOLDER}`] },
    basic,
    'the header authorization',
  ],
  [
    'a bearer by a rule without an identity',
    { headers: ['authorization', `Bearer ${PLACEHOLDER}`] },
    undefined,
    'the header authorization',
  ],
  [
    'a parameter for keys by a rule without an identity',
    { path: `/?api_key=${PLACEHOLDER}` },
    undefined,
    'the query',
  ],
  ['the slot of another secret', { headers: ['x-api-key', OTHER] }, inHeader, 'the header x-api-key'],
  [
    'a request by a rule without an identity',
    { headers: ['x-api-key', PLACEHOLDER] },
    undefined,
    'the header x-api-key',
  ],
])('a placeholder in %s raises an alarm', (...[, change, injection, where]) =>
  expect(alarm({ ...plain, ...change }, injection)).toMatchObject({ where }),
);

test.each([
  ['as it is', 'anthropic', { headers: ['x-note', PLACEHOLDER] }, PLACEHOLDER],
  ['in lower case', 'anthropic', { host: `${PLACEHOLDER.toLowerCase()}.example` }, PLACEHOLDER],
  ['in base64, another', 'github', { headers: ['x-note', base64(OTHER)] }, OTHER],
])('an alarm has the fingerprint of the placeholder: %s', (...[, secret, change, placeholder]) =>
  expect(alarm({ ...plain, ...change })).toMatchObject({ secret, fingerprint: fingerprintOf(placeholder) }),
);

describe('placeholders that raise no alarm', () => {
  const VALUE = 'the-real-one';
  const SLOTS = [inHeader, inQuery, bearer, { ...basic, secret: 'anthropic' }];
  const sent = (path: string, headers: readonly string[], injection: Injection) =>
    applyIdentity({ method: 'GET', host: 'h', nowMs: 0, path, headers }, injection, {
      value: VALUE,
      placeholder: PLACEHOLDER,
    });
  /** Everything that would be sent, with base64 decoded. */
  const shown = (applied: ReturnType<typeof sent>): string =>
    'refused' in applied
      ? ''
      : [decodeURIComponent(applied.path), ...applied.headers]
          .flatMap((text) => [text, Buffer.from(text.replace(/^Basic /, ''), 'base64').toString()])
          .join('\n');

  test.each([
    ['the header x-api-key', inHeader, { path: '/v1', headers: ['x-api-key', VALUE] }],
    ['the parameter key', inQuery, { path: `/v1?key=${VALUE}`, headers: [] }],
    ['a bearer', bearer, { path: '/v1', headers: ['authorization', `Bearer ${VALUE}`] }],
    [
      'Basic',
      basic,
      { path: '/v1', headers: ['authorization', `Basic ${base64(`x-access-token:${VALUE}`)}`] },
    ],
  ])(
    'leave no trace, and the secret is in %s only, wherever clients put the placeholder',
    (_, injection, expected) => {
      const headers = both('Authorization', 'X-Api-Key', 'api-key', 'x-goog-api-key', 'Private-Token');
      expect(sent(`/v1?api_key=${PLACEHOLDER}&token=${PLACEHOLDER}`, headers, injection)).toEqual(expected);
    },
  );

  test('do not allow the parameter `key` of another slot, which is refused for its own reason', () => {
    const path = `/v1?key=${PLACEHOLDER}`;
    expect(alarm({ ...plain, path }, inHeader)).toBeUndefined();
    expect(sent(path, [], inHeader)).toEqual({ refused: expect.stringContaining('a parameter `key`') });
  });

  test('are recognised under any name and spelling', () => {
    const spelled = fc
      .constantFrom('authorization', 'x-api-key', 'api-key', 'key', 'token', 'access-token', 'cookie', 'note')
      .chain((name) => fc.tuple(...Array.from(name, spellingOf)))
      .map((characters) => characters.join(''));
    const odd = fc.constantFrom(';', '?', '%3F', '[', ']', '+', '%', ';a=');
    const around = fc.oneof({ weight: 6, arbitrary: fc.constant('') }, odd);
    const name = fc.tuple(around, spelled, around).map((parts) => parts.join(''));
    const written = fc.constantFrom(
      PLACEHOLDER,
      `Bearer ${PLACEHOLDER}`,
      `Basic ${base64(`a:${PLACEHOLDER}`)}`,
    );
    const pairs = fc.array(fc.tuple(name, written), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(pairs, pairs, fc.constantFrom(...SLOTS), (inHead, inPath, injection) => {
        const parameters = inPath.map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
        for (const [path, headers] of [
          ['/v1', inHead.flat()],
          [`/v1?${parameters.join('&')}`, []],
        ] as const) {
          const isSeen = alarm({ host: 'h', path, headers }, injection) !== undefined;
          expect(isSeen || !shown(sent(path, headers, injection)).includes(PLACEHOLDER)).toBe(true);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

/** A character of a name, in any spelling. */
function spellingOf(character: string): fc.Arbitrary<string> {
  const others = character === '-' ? ['_', '.', '%2D'] : [`%${character.charCodeAt(0).toString(16)}`];
  const other = fc.constantFrom(character.toUpperCase(), ...others);
  return fc.oneof({ weight: 6, arbitrary: fc.constant(character) }, other);
}
