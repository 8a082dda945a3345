import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import type { Injection } from '../config.ts';
import type { Slot } from '../../contracts/slot.ts';
import { pairsOf, valuesOf, type RawHeaders } from '../message/headers.ts';
import { stripCredentials } from './strip.ts';
import { applyIdentity, needsBodyDigest, secretFault } from './apply.ts';

const VALUE = 'the-real-secret-0815';
const secret = { value: VALUE, placeholder: 'the-placeholder-4711' };
/** The attacker has an account at an allowed host. */
const THEIRS = 'attackers-own-key-9999';

const SLOTS: readonly Slot[] = [
  { kind: 'header', name: 'x-api-key' },
  { kind: 'header', name: 'x-custom' },
  { kind: 'bearer' },
  { kind: 'basic', user: 'x-access-token' },
  { kind: 'query', name: 'key' },
  { kind: 'sigv4', service: 's3', region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE' },
  { kind: 'sigv4', service: 'sts', region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE' },
];

interface Attempt {
  readonly path?: string;
  readonly headers?: RawHeaders;
}

const apply = (
  slot: Slot,
  { path = '/v1/things?a=b', headers = [] }: Attempt,
): ReturnType<typeof applyIdentity> => {
  const injection: Injection = { secret: 'name', slot };
  const request = {
    method: 'POST',
    host: 'api.example',
    path,
    headers,
    nowMs: 0,
    bodySha256: '0'.repeat(64),
  };
  return applyIdentity(request, injection, secret);
};

const words = (text: string): string[] => text.split(/\s+/);

/** Everything that leaves, as text. */
const shown = (applied: ReturnType<typeof applyIdentity>): string =>
  'refused' in applied
    ? applied.refused
    : `${decodeURIComponent(applied.path)}\n${applied.headers.join('\n')}`;

describe.each(SLOTS)('identities in $kind $name$service', (slot) => {
  test('put the secret in its slot once, and nowhere else', () => {
    const applied = apply(slot, { headers: ['Accept', '*/*', 'Content-Type', 'application/json'] });
    if ('refused' in applied) throw new Error(applied.refused);
    const authorization = valuesOf(applied.headers, 'authorization');
    const places = {
      header: () =>
        expect(valuesOf(applied.headers, slot.kind === 'header' ? slot.name : '')).toEqual([VALUE]),
      bearer: () => expect(authorization).toEqual([`Bearer ${VALUE}`]),
      basic: () =>
        expect(authorization).toEqual([`Basic ${Buffer.from(`x-access-token:${VALUE}`).toString('base64')}`]),
      query: () => expect(applied.path).toBe(`/v1/things?a=b&key=${VALUE}`),
      sigv4: () =>
        expect(authorization).toEqual([expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//)]),
    };
    places[slot.kind]();
    expect(shown(applied).split(VALUE).length - 1).toBe(
      slot.kind === 'basic' || slot.kind === 'sigv4' ? 0 : 1,
    );
    expect(applied.headers.slice(0, 4)).toEqual(['Accept', '*/*', 'Content-Type', 'application/json']);
  });

  test.each(
    words(`Authorization AUTHORIZATION authorization_ Proxy-Authorization X-Authorization
      X-Original-Authorization Cookie Cookie2 X-Api-Key x_api_key X.Api.Key api-key ApiKey x-goog-api-key
      X-Auth-Token Private-Token PRIVATE_TOKEN X-Gitlab-Token Job-Token X-Amz-Security-Token
      X-Access-Token X-Access-Key X-Auth-Key X-Vault-Token X-RapidAPI-Key X-Functions-Key
      Ocp-Apim-Subscription-Key DD-API-KEY X-Shopify-Access-Token X-Figma-Token Circle-Token
      X-GitHub-Token X-User-Password X-Client-Secret Remote_User X-Forwarded-User X-Client-Cert
      X-Custom-Bearer DPoP`),
  )('lose a key of the caller in %s', (name) => {
    for (const headers of [
      [name, THEIRS],
      [name, THEIRS, 'Accept', '*/*', name.toLowerCase(), `Bearer ${THEIRS}`],
      ['Connection', `close, ${name}`, name, THEIRS],
    ]) {
      const applied = apply(slot, { headers });
      expect(applied).not.toHaveProperty('refused');
      expect(shown(applied)).not.toContain(THEIRS);
    }
  });

  test.each([
    `Bearer ${THEIRS}`,
    `bearer ${THEIRS}`,
    `Basic ${THEIRS}`,
    `token ${THEIRS}`,
    `AWS4-HMAC-SHA256 Credential=${THEIRS}`,
    `ApiKey ${THEIRS}`,
  ])('refuse a credential of the caller as %s in a header of any name', (value) =>
    expect(shown(apply(slot, { headers: ['X-Whatever', value] }))).not.toContain(THEIRS),
  );

  test.each(
    words(`key KEY api_key apiKey api-key apikey access_token token auth sig signature private_token job_token
      client_secret password X-Amz-Signature X-Amz-Credential x-amz-security-token X-Goog-Signature
      AWSAccessKeyId Signature oauth_token oauth_consumer_key subscription-key jwt jsessionid a%70i_key
      %61%70%69%5F%6b%65%79 api%5Fkey +key key+ key[] key%5B%5D user[token] auth.token`),
  )('lose a key of the caller in the parameter %s', (name) => {
    for (const path of [
      `/?${name}=${THEIRS}`,
      `/x?a=b&${name}=${THEIRS}&c=d`,
      `/x?${name}=1&${name}=${THEIRS}`,
      `/x?a=b;${name}=${THEIRS}`,
    ]) {
      expect(shown(apply(slot, { path }))).not.toContain(THEIRS);
    }
  });

  test('refuse a credential of the caller in the slot itself, in any spelling, with or without the placeholder', () => {
    const name = slot.kind === 'header' ? slot.name : 'Authorization';
    for (const spelled of [name, name.toUpperCase(), name.replaceAll('-', '_')]) {
      const headers = [spelled, `Bearer ${THEIRS}`, spelled, secret.placeholder];
      expect(shown(apply(slot, { headers }))).not.toMatch(/attackers|placeholder/);
    }
    const path = `/?key=${secret.placeholder}&%4bey=${THEIRS}`;
    expect(shown(apply(slot, { path }))).not.toMatch(/attackers|placeholder/);
  });

  test.each<[string, Attempt]>([
    ['encoded twice', { path: `/?api%255Fkey=${THEIRS}` }],
    ['with a broken escape in its name', { path: `/?api_key%=${THEIRS}` }],
    ['with a NUL in its name', { path: `/?api_key%00=${THEIRS}` }],
    ['with a name that is not UTF-8', { path: `/?api_key%FF=${THEIRS}` }],
    ['after a semicolon', { path: `/?a=b;api_key=${THEIRS}` }],
    ['after a second question mark', { path: `/?a=b?api_key=${THEIRS}` }],
    ['as a parameter of the path', { path: `/a;jsessionid=${THEIRS}/b` }],
    ['after an encoded question mark', { path: `/a%3Fapi_key=${THEIRS}` }],
    ['after an encoded question mark and more', { path: `/a%3fx=1%26api_key=${THEIRS}` }],
    ['after a fragment', { path: `/a#?api_key=${THEIRS}` }],
    ['as another request', { path: `/ HTTP/1.1\r\nauthorization: ${THEIRS}` }],
    [
      'as a subprotocol',
      { headers: ['Sec-WebSocket-Protocol', `realtime, openai-insecure-api-key.${THEIRS}`] },
    ],
    [
      'as a bearer subprotocol',
      { headers: ['sec-websocket-protocol', `base64url.bearer.authorization.k8s.io.${THEIRS}`] },
    ],
    ['in a name with a space', { headers: ['Authorization ', THEIRS] }],
    ['in a name with a colon', { headers: [':authorization', THEIRS] }],
    ['in the next line of another', { headers: ['X-Note', `a\r\nauthorization: ${THEIRS}`] }],
    ['in a folded line', { headers: ['X-Note', `a\r\n ${THEIRS}`] }],
    ['after a bare line feed', { headers: ['X-Note', `a\nx-api-key: ${THEIRS}`] }],
    ['in an empty name', { headers: ['', THEIRS] }],
  ])('a request with a key of its caller is refused: %s', (_, attempt) => {
    const applied = apply(slot, attempt);
    expect(applied).toHaveProperty('refused');
    expect(shown(applied)).not.toContain(THEIRS);
  });

  test('a Connection header cannot make the next server drop the identity', () => {
    const applied = apply(slot, {
      headers: ['Connection', 'Upgrade, authorization, x-api-key, x-custom', 'connection', 'x-amz-date'],
    });
    if ('refused' in applied) throw new Error(applied.refused);
    expect(valuesOf(applied.headers, 'connection')).toEqual(['Upgrade']);
  });

  test('headers that are no credentials stay as they are, in order', () => {
    const headers = [
      'Accept',
      '*/*',
      'anthropic-version',
      '2023-06-01',
      'X-Stainless-Lang',
      'js',
      'Idempotency-Key',
      'abc',
      'Sec-WebSocket-Key',
      'dGhl',
      'Sec-WebSocket-Protocol',
      'graphql-ws',
      'session_id',
      '0199',
      'X-CSRF-Token',
      't',
      'OpenAI-Beta',
      'x',
      'X-Amz-Target',
      'T',
      'Accept',
      'b',
      'X-Amz-Server-Side-Encryption-Customer-Key',
      'k',
      'If-None-Match',
      '"a"',
    ];
    const path =
      '/v1//x;v=1/a%20b?q=a%2Fb&page_token=3&nextToken=4&continuation-token=5&keys=6&monkey=7&empty&a=1;2&list-type=2&max_tokens=8';
    const applied = apply(slot, { path, headers });
    if ('refused' in applied) throw new Error(applied.refused);
    expect(applied.headers.slice(0, headers.length)).toEqual(headers);
    expect(applied.path.startsWith(path)).toBe(true);
  });

  test('nothing from the caller reaches the slot, whatever the request', () => {
    const name = fc.oneof(
      fc.constantFrom('x-api-key', 'X_API_KEY', 'authorization', 'Connection', 'x-custom', 'accept'),
      fc.stringMatching(/^[!-~]{0,12}$/),
    );
    const header = fc.tuple(name, fc.constantFrom(THEIRS, `Bearer ${THEIRS}`, 'x-api-key', '*/*'));
    const query = fc.array(
      fc.tuple(
        fc.oneof(fc.constantFrom('key', 'k%65y', 'Key', 'a'), fc.stringMatching(/^[!-~]{0,8}$/)),
        fc.constantFrom(THEIRS, '1'),
      ),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(fc.array(header, { maxLength: 6 }), query, (headers, parameters) => {
        const path = `/x?${parameters.map((pair) => pair.join('=')).join('&')}`;
        const applied = apply(slot, { path, headers: headers.flat() });
        if ('refused' in applied) return;
        const own = pairsOf(applied.headers).filter(([key]) =>
          /^(authorization|x[-_]api[-_]key)$/i.test(key),
        );
        expect(own.map(([, value]) => value).join()).not.toContain(THEIRS);
        const asked = new URL(`https://h${applied.path}`).searchParams;
        expect([...asked].filter(([key]) => /^key$/i.test(key)).join()).not.toContain(THEIRS);
      }),
      { numRuns: runs(50) },
    );
  });
});

test.each([
  'short',
  'with\r\nend-of-line',
  'nul\0nul-nul',
  ' space-first',
  'beyond-äscii',
  'tab\tab-tab',
  'back\\\\\\\\slashes',
])('the value %j is never put into a header', (value) => {
  expect(secretFault(value)).toBeTypeOf('string');
  const applied = applyIdentity(
    { method: 'GET', host: 'h', path: '/', headers: [], nowMs: 0 },
    { secret: 'name', slot: { kind: 'bearer' } },
    { value, placeholder: '' },
  );
  expect(applied).toHaveProperty('refused');
  expect(shown(applied)).not.toContain(value);
});

test('trailers are stripped like headers', () => {
  const trailers = ['grpc-status', '0', 'Authorization', THEIRS, 'x-api-key', THEIRS];
  expect(stripCredentials({ path: '', headers: trailers }, {})).toEqual({
    path: '',
    headers: ['grpc-status', '0'],
  });
});

test('only a signature over the body requires the whole body', () =>
  expect(SLOTS.filter(needsBodyDigest)).toEqual([expect.objectContaining({ service: 'sts' })]));
