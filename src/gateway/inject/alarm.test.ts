import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import type { Injection } from '../config.ts';
import { createPlaceholderAlarm } from './alarm.ts';

const PLACEHOLDER = 'sk-ant-api03-Q1w2E3r4T5y6U7i8O9p0';
const OTHER = 'ghp_A1s2D3f4G5h6J7k8';
const alarm = createPlaceholderAlarm({
  anthropic: { value: 'the-real-one', placeholder: PLACEHOLDER },
  github: { value: 'another-real', placeholder: OTHER },
});
const inHeader: Injection = { secret: 'anthropic', slot: { kind: 'header', name: 'x-api-key' } };
const inQuery: Injection = { secret: 'anthropic', slot: { kind: 'query', name: 'key' } };
const basic: Injection = { secret: 'github', slot: { kind: 'basic', user: 'x-access-token' } };
const plain = { host: 'api.example', path: '/v1?a=b', headers: ['accept', '*/*'] };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each([
  ['its own header', { headers: ['X-Api-Key', PLACEHOLDER] }, inHeader],
  ['its own parameter', { path: `/v1?a=b&key=${PLACEHOLDER}` }, inQuery],
  ['its own Basic credentials', { headers: ['authorization', `Basic ${base64(`x:${OTHER}`)}`] }, basic],
  ['nowhere', {}, inHeader],
])('no alarm: a placeholder in %s', (_, change, injection) =>
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
  ['the slot of another secret', { headers: ['x-api-key', OTHER] }, inHeader, 'the header x-api-key'],
  [
    'a request by a rule without an identity',
    { headers: ['x-api-key', PLACEHOLDER] },
    undefined,
    'the header x-api-key',
  ],
])('alarm: a placeholder in %s', (...[, change, injection, where]) =>
  expect(alarm({ ...plain, ...change }, injection)).toMatchObject({ where }),
);
