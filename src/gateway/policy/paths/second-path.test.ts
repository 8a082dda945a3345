import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import type { Rule } from '../../config.ts';
import { decide } from '../decide.ts';

/** With an identity, a second path leads to everything that the identity opens, not only to what the policy allows. */

const BUCKET = 'mine.s3.amazonaws.com';
const lending = (host: string): Rule => ({
  id: 'lends',
  host,
  port: 443,
  scheme: 'https',
  opensTls: true,
  inject: { secret: 's', slot: { kind: 'sigv4', service: 's3', region: 'us-east-1' } },
});

const judge = (host: string, path: string, secondPaths: readonly string[]) =>
  decide(
    { allow: [lending(host)], deny: [] },
    { host, port: 443, scheme: 'https', method: 'PUT', path, secondPaths },
  );
const verdictOf = (host: string, path: string, ...secondPaths: string[]): string =>
  judge(host, path, secondPaths).verdict;

describe('second paths where the host is the bucket', () => {
  test.each([
    'mine/a',
    '/mine/a',
    'mine%2Fa',
    '%2Fmine%2fa',
    '/mine/a%20b/%C3%BC',
    'mine/a?versionId=x.y',
    '%6Dine/a',
    `https://${BUCKET}/a`,
    `https://${BUCKET}:443/a?versionId=1`,
    'HTTPS://Mine.S3.amazonaws.com/a',
  ])('%s is within the bucket', (second) => expect(verdictOf(BUCKET, '/x', second)).toBe('allow'));

  test.each([
    '/secret/key',
    'secret/key',
    'secret%2Fkey',
    '//mine/a',
    '//secret/mine/a',
    'mine/../secret/key',
    'mine%2F..%2Fsecret%2Fkey',
    'mine/%2e%2e/secret/key',
    'mine/%252e%252e/secret/key',
    'mine/a?/../../secret/key',
    'mine\\..\\secret',
    'mine?/secret',
    'mine%3F/secret',
    'mine%00/a',
    'mine%zz/a',
    'mines/a',
    'mine.s3/a',
    'MINE/a',
    ' mine/a',
    '',
    '/',
    'a',
    '?mine/a',
    'arn:aws:s3:us-east-1:123456789012:accesspoint/secret/object/key',
    'https://secret.s3.amazonaws.com/key',
    `https://${BUCKET}@secret.s3.amazonaws.com/key`,
    `https://${BUCKET}.evil.test/key`,
    `https://${BUCKET}:8443/a`,
    `http://${BUCKET}/a`,
    `//${BUCKET}/a`,
    `https://${BUCKET}\\@secret.test/a`,
    `https%3A%2F%2F${BUCKET}/a`,
  ])('%s is outside of the bucket, or may be', (second) =>
    expect(judge(BUCKET, '/x', [second])).toMatchObject({
      verdict: 'deny',
      reason: 'a header names a second path besides the judged one',
    }),
  );

  test('a folder with the name of another bucket does not open that bucket', () =>
    expect(verdictOf(BUCKET, '/secret/x', '/secret/key')).toBe('deny'));

  test('all of several second paths must be within the bucket', () => {
    expect(verdictOf(BUCKET, '/x', 'mine/a', 'mine/b')).toBe('allow');
    expect(verdictOf(BUCKET, '/x', 'mine/a', 'secret/b')).toBe('deny');
  });

  test('no path with another bucket in front is allowed, in any spelling', () => {
    const mark = fc.constantFrom('', '/', '//', '%2F', '%2f', '.', '..', '?', '#', ';', '%3F', '%00', ' ');
    const name = fc.constantFrom('mine', 'secret', '%73ecret', 'secret.mine', 'mine.s3.amazonaws.com');
    fc.assert(
      fc.property(fc.array(fc.tuple(mark, name), { minLength: 1, maxLength: 4 }), (parts) => {
        const second = parts.flat().join('');
        if (verdictOf(BUCKET, '/secret/x', second) === 'deny') return;
        expect(decodeURIComponent(second)).toMatch(/^\/?mine(?:\/(?!.*\/\.\.?(?:\/|$))|$)/);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('second paths where the host is the store, and the path names the bucket', () => {
  test.each([
    ['s3.amazonaws.com', '/mine/x', '/mine/a', 'allow'],
    ['s3.eu-central-1.amazonaws.com', '/mine/x', 'mine%2Fa', 'allow'],
    ['storage.googleapis.com', '/mine/x', 'mine/a', 'allow'],
    ['0123456789abcdef.r2.cloudflarestorage.com', '/mine/x', 'mine/a', 'allow'],
    ['acme.dfs.core.windows.net', '/mine/x', '/mine/a', 'allow'],
    ['acme.blob.core.windows.net', '/mine/x', 'https://acme.blob.core.windows.net/mine/a', 'allow'],
    ['192.0.2.7', '/mine/x', '/mine/a', 'allow'],
    ['2001:db8::7', '/mine/x', '/mine/a', 'allow'],
    ['minio', '/mine/x', '/mine/a', 'allow'],
    ['s3.amazonaws.com', '/mine/x', '/secret/a', 'deny'],
    ['s3.amazonaws.com', '/mine/../secret/x', '/secret/a', 'deny'],
    ['s3.amazonaws.com', '/mine/x', 's3/a', 'deny'],
    ['s3.amazonaws.com', '/', '/', 'deny'],
    ['s3.amazonaws.com', '//secret/x', '//secret/x', 'deny'],
    ['192.0.2.7', '/mine/x', '/192/a', 'deny'],
    ['mine.s3.eu-central-1.amazonaws.com', '/secret/x', '/secret/a', 'deny'],
    ['mine.storage.googleapis.com', '/secret/x', '/secret/a', 'deny'],
    ['mine.0123.r2.cloudflarestorage.com', '/secret/x', '/secret/a', 'deny'],
    ['s3-mine.s3.amazonaws.com', '/secret/x', '/secret/a', 'deny'],
    ['minio.example.org', '/secret/x', '/secret/a', 'deny'],
    ['s3-fips.us-east-1.amazonaws.com', '/mine/x', '/mine/a', 'allow'],
    ['s3-fips.dualstack.us-east-1.amazonaws.com', '/mine/x', '/mine/a', 'allow'],
    ['s3-fips-us-gov-west-1.amazonaws.com', '/mine/x', '/mine/a', 'allow'],
    ['s3-us-west-2.amazonaws.com', '/mine/x', '/mine/a', 'allow'],
    ['s3-external-1.amazonaws.com', '/mine/x', '/mine/a', 'allow'],
    ['s3.dualstack.us-west-2.amazonaws.com', '/mine/x', '/mine/a', 'allow'],
    ['s3.cn-north-1.amazonaws.com.cn', '/mine/x', '/mine/a', 'allow'],
    ['s3.us-west-004.backblazeb2.com', '/mine/x', '/mine/a', 'allow'],
    ['0123.eu.r2.cloudflarestorage.com', '/mine/x', '/mine/a', 'allow'],
    ['nyc3.digitaloceanspaces.com', '/mine/x', '/mine/a', 'allow'],
    ['s3-us-west-2.amazonaws.com', '/mine/x', '/secret/a', 'deny'],
    ['0123.eu.r2.cloudflarestorage.com', '/mine/x', '/secret/a', 'deny'],
    ['nyc3.digitaloceanspaces.com', '/mine/x', '/nyc3/a', 'deny'],
    // Buckets with the name of a store.
    ['s3-fips.s3.amazonaws.com', '/secret/x', '/secret/a', 'deny'],
    ['s3-us-west-2.s3.amazonaws.com', '/secret/x', '/secret/a', 'deny'],
    ['s3-fips.us-east-1.s3.amazonaws.com', '/secret/x', '/secret/a', 'deny'],
    ['s3.dualstack.us-west-2.s3-us-west-2.amazonaws.com', '/secret/x', '/secret/a', 'deny'],
    ['s3.mine.s3.amazonaws.com', '/secret/x', '/secret/a', 'deny'],
    ['s3.mine.storage.googleapis.com', '/secret/x', '/secret/a', 'deny'],
    ['s3.mine.s3.wasabisys.com', '/secret/x', '/secret/a', 'deny'],
    ['mine.nyc3.digitaloceanspaces.com', '/secret/x', '/secret/a', 'deny'],
    ['mine.0123.eu.r2.cloudflarestorage.com', '/secret/x', '/secret/a', 'deny'],
  ])('%s%s from %s: %s', (...[host, path, second, verdict]) =>
    expect(verdictOf(host, path, second)).toBe(verdict),
  );
});

describe('the name of a bucket is everything before the store', () => {
  test.each([
    ['my.bucket.s3.amazonaws.com', 'my.bucket'],
    ['my.bucket.s3.eu-central-1.amazonaws.com', 'my.bucket'],
    ['my.bucket.s3-us-west-2.amazonaws.com', 'my.bucket'],
    ['my.bucket.s3.dualstack.us-west-2.amazonaws.com', 'my.bucket'],
    ['my.s3.bucket.s3.amazonaws.com', 'my.s3.bucket'],
    ['s3-fips.s3.amazonaws.com', 's3-fips'],
    ['s3.mine.s3.amazonaws.com', 's3.mine'],
    ['mine.s3-fips.us-east-1.amazonaws.com', 'mine'],
    ['mine.s3-accelerate.amazonaws.com', 'mine'],
    ['mine--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com', 'mine--use1-az4--x-s3'],
    ['my.bucket.storage.googleapis.com', 'my.bucket'],
    ['my.bucket.s3.wasabisys.com', 'my.bucket'],
    ['mine.0123.eu.r2.cloudflarestorage.com', 'mine'],
    ['mine.nyc3.digitaloceanspaces.com', 'mine'],
  ])('the bucket of %s is %s', (host, bucket) => {
    expect(verdictOf(host, '/x', `${bucket}/key`)).toBe('allow');
    const names = [...partsOf(bucket), ...partsOf(host)];
    const allowed = names.filter((name) => verdictOf(host, `/${name}/x`, `${name}/key`) === 'allow');
    expect([...new Set(allowed)]).toEqual([bucket]);
  });

  test('an access point is not a bucket, and not the bucket of that name', () => {
    const host = 'mine-123456789012.s3-accesspoint.us-east-1.amazonaws.com';
    expect(verdictOf(host, '/x', 'mine-123456789012/key')).toBe('deny');
  });
});

/** Returns every prefix of a name that ends before a dot, and the name itself. */
function partsOf(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(0, index + 1).join('.'));
}

test('WebDAV still works: its Destination is a URL of the same host', () => {
  const host = 'cloud.example.org';
  expect(verdictOf(host, '/dav/a', `https://${host}/dav/b`)).toBe('allow');
  expect(verdictOf(host, '/dav/a', 'https://other.example.org/dav/b')).toBe('deny');
});
