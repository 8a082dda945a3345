import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Slot } from '../../contracts/slot.ts';
import type { RawHeaders } from '../message/headers.ts';
import { canonicalRequest, sign, takesUnsignedPayload } from './sigv4.ts';

type SigV4Slot = Extract<Slot, { kind: 'sigv4' }>;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('signed headers', () => {
  const request = {
    method: 'PUT',
    host: 'bucket.example',
    path: '/a?x=1',
    headers: ['Content-Type', 'text/plain', 'Accept', '*/*', 'X-Amz-Meta-A', 'b'],
    caller: [] as RawHeaders,
    nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  };
  const s3: SigV4Slot = { kind: 'sigv4', service: 's3', region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE' };
  const sts: SigV4Slot = { ...s3, service: 'sts' };
  const added = (caller: RawHeaders, slot: SigV4Slot, bodySha256?: string): unknown =>
    sign({ ...request, caller, ...(bodySha256 === undefined ? {} : { bodySha256 }) }, slot, 'secret-key');

  test('include host, content type and x-amz- headers with the present time', () => {
    const expected = 'SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, ';
    expect(added([], s3)).toMatchObject({
      headers: [
        'x-amz-date',
        '20260102T030405Z',
        'x-amz-content-sha256',
        'UNSIGNED-PAYLOAD',
        'authorization',
        expect.stringContaining(expected),
      ],
    });
  });

  // As in Node's headers: each character is a byte.
  test.each([
    ['Übersicht', 'Übersicht'],
    ['voilà', 'voilà'],
    ['  two  words\t', 'two words'],
  ])('include the bytes of a header with any text: %j', (text, said) => {
    const headers: RawHeaders = ['x-amz-meta-title', Buffer.from(text).toString('latin1')];
    const signed = sign({ ...request, headers }, s3, 'secret-key') as { headers: RawHeaders };
    const names = 'host;x-amz-content-sha256;x-amz-date;x-amz-meta-title';
    const lines = ['PUT', '/a', 'x=1', 'host:bucket.example', 'x-amz-content-sha256:UNSIGNED-PAYLOAD'];
    const before = [...lines, 'x-amz-date:20260102T030405Z', 'x-amz-meta-title:'].join('\n');
    const canonical = `${before}${said}\n\n${names}\nUNSIGNED-PAYLOAD`;
    const hash = createHash('sha256').update(Buffer.from(canonical)).digest('hex');
    const scope = ['20260102', 'eu-central-1', 's3', 'aws4_request'];
    const key = scope.reduce<string | Buffer>(
      (last, step) => createHmac('sha256', last).update(step).digest(),
      'AWS4secret-key',
    );
    const toSign = ['AWS4-HMAC-SHA256', '20260102T030405Z', scope.join('/'), hash].join('\n');
    const signature = createHmac('sha256', key).update(toSign).digest('hex');
    expect(signed.headers.at(-1)).toMatch(new RegExp(`SignedHeaders=${names}, Signature=${signature}$`));
  });

  test('include a body only as its digest', () => {
    expect(added([], sts)).toHaveProperty('refused');
    expect(added([], sts, sha256('x'))).not.toHaveProperty('refused');
  });

  test('include the digest of the body for OpenSearch Serverless, and not that of the caller', () => {
    const digest = sha256('x');
    const [, , name, value, , authorization] = (
      added(['x-amz-content-sha256', sha256('')], { ...s3, service: 'aoss' }, digest) as {
        headers: RawHeaders;
      }
    ).headers;
    expect([name, value]).toEqual(['x-amz-content-sha256', digest]);
    expect(authorization).toContain('SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;');
  });

  test.each(['s3express', 's3-outposts', 'vpc-lattice-svcs'])(
    '%s accepts a body that is not signed',
    (service) => {
      expect(takesUnsignedPayload(service)).toBe(true);
      expect(added([], { ...s3, service })).toMatchObject({
        headers: expect.arrayContaining(['x-amz-content-sha256', 'UNSIGNED-PAYLOAD']) as RawHeaders,
      });
    },
  );

  test.each([
    ['s3', '/my%20obj'],
    ['s3express', '/my%20obj'],
    ['vpc-lattice-svcs', '/my%2520obj'],
  ])('the path of an object is encoded once: %s', (service, path) => {
    const parts = { method: 'GET', path: '/my%20obj', headers: ['host', 'h'], payload: 'UNSIGNED-PAYLOAD' };
    expect(canonicalRequest(parts, service).text.split('\n')[1]).toBe(path);
  });

  test('a chunked body keeps its form, unless its chunks are signed with another key', () => {
    const chunked = (form: string): unknown => added(['X-Amz-Content-Sha256', form], s3);
    expect(chunked('STREAMING-UNSIGNED-PAYLOAD-TRAILER')).toMatchObject({
      headers: expect.arrayContaining(['STREAMING-UNSIGNED-PAYLOAD-TRAILER']),
    });
    expect(chunked('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')).toHaveProperty('refused');
    expect(chunked(sha256('x'))).toMatchObject({ headers: expect.arrayContaining(['UNSIGNED-PAYLOAD']) });
  });
});
