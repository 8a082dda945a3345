import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Slot } from '../../contracts/slot.ts';
import type { RawHeaders } from '../message/headers.ts';
import { authorizationOf, canonicalRequest } from './sigv4.ts';

type SigV4Slot = Extract<Slot, { kind: 'sigv4' }>;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Cases of AWS's published "Signature Version 4 Test Suite": name, request line, signed headers besides Host and
 * X-Amz-Date, body, signature.
 */
const SUITE: readonly (readonly [string, string, readonly string[], string, string])[] = [
  [
    'get-header-key-duplicate',
    'GET /',
    ['My-Header1', 'value2', 'My-Header1', 'value2', 'My-Header1', 'value1'],
    '',
    'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  ],
  [
    'get-header-value-order',
    'GET /',
    ['My-Header1', 'value4', 'My-Header1', 'value1', 'My-Header1', 'value3', 'My-Header1', 'value2'],
    '',
    '08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01',
  ],
  [
    'get-header-value-trim',
    'GET /',
    ['My-Header1', 'value1', 'My-Header2', '"a   b   c"'],
    '',
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  [
    'get-unreserved',
    'GET /-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    [],
    '',
    '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  ],
  ['get-vanilla', 'GET /', [], '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-empty-query-key',
    'GET /?Param1=value1',
    [],
    '',
    'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
  ],
  ['get-vanilla-query', 'GET /', [], '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key',
    'GET /?Param1=value2&Param1=Value1',
    [],
    '',
    'eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1',
  ],
  [
    'get-vanilla-query-order-key-case',
    'GET /?Param2=value2&Param1=value1',
    [],
    '',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-vanilla-query-order-value',
    'GET /?Param1=value2&Param1=value1',
    [],
    '',
    '5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694',
  ],
  [
    'get-vanilla-query-unreserved',
    'GET /?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    [],
    '',
    '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
  ],
  [
    'get-vanilla-utf8-query',
    'GET /?ሴ=bar',
    [],
    '',
    '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  ],
  [
    'post-header-key-case',
    'POST /',
    [],
    '',
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
  [
    'post-header-key-sort',
    'POST /',
    ['My-Header1', 'value1'],
    '',
    'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  ],
  [
    'post-header-value-case',
    'POST /',
    ['My-Header1', 'VALUE1'],
    '',
    'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
  ],
  ['post-vanilla', 'POST /', [], '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-vanilla-empty-query-value',
    'POST /?Param1=value1',
    [],
    '',
    '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
  ],
  [
    'post-vanilla-query',
    'POST /?Param1=value1',
    [],
    '',
    '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
  ],
  [
    'post-x-www-form-urlencoded',
    'POST /',
    ['Content-Type', 'application/x-www-form-urlencoded'],
    'Param1=value1',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
  [
    'post-x-www-form-urlencoded-parameters',
    'POST /',
    ['Content-Type', 'application/x-www-form-urlencoded; charset=utf8'],
    'Param1=value1',
    '1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe',
  ],
  [
    'get-relative',
    'GET /example/..',
    [],
    '',
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  [
    'get-relative-relative',
    'GET /example1/example2/../..',
    [],
    '',
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  ['get-slash', 'GET //', [], '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-slash-dot-slash',
    'GET /./',
    [],
    '',
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  [
    'get-slash-pointless-dot',
    'GET /./example',
    [],
    '',
    'ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5',
  ],
  [
    'get-slashes',
    'GET //example//',
    [],
    '',
    '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
  ],
  [
    'post-sts-header-after',
    'POST /',
    [],
    '',
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
];

describe('the published AWS test suite', () => {
  const slot: SigV4Slot = {
    kind: 'sigv4',
    service: 'service',
    region: 'us-east-1',
    accessKeyId: 'AKIDEXAMPLE',
  };
  const credentials = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  };

  test.each(SUITE)('signs as the published example does: %s', (...[, line, more, body, signature]) => {
    const [method = '', path = ''] = line.split(' ');
    const headers: RawHeaders = ['Host', 'example.amazonaws.com', 'X-Amz-Date', '20150830T123600Z', ...more];
    const parts = { method, path, headers, payload: sha256(body) };
    const value = authorizationOf(parts, slot, credentials);
    expect(value.split('Signature=')[1]).toBe(signature);
  });

  test('encodes an encoded path once more', () => {
    const parts = { method: 'GET', path: '/%20/foo', headers: ['host', 'h'], payload: sha256('') };
    expect(canonicalRequest(parts, 'host').text).toMatch(/^GET\n\/%2520\/foo\n\n/);
  });
});

describe('the published examples of S3', () => {
  const slot: SigV4Slot = {
    kind: 'sigv4',
    service: 's3',
    region: 'us-east-1',
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  };
  const date = 'Fri, 24 May 2013 00:00:00 GMT';

  test.each([
    [
      'GET',
      '/test.txt',
      '',
      ['range', 'bytes=0-9'],
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'PUT',
      '/test$file.text',
      'Welcome to Amazon S3.',
      ['date', date, 'x-amz-storage-class', 'REDUCED_REDUNDANCY'],
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    ['GET', '/?lifecycle', '', [], 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
    [
      'GET',
      '/?max-keys=2&prefix=J',
      '',
      [],
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ] as const)('%s %s', (...[method, path, body, more, signature]) => {
    const payload = sha256(body);
    const fixed = ['x-amz-content-sha256', payload, 'x-amz-date', '20130524T000000Z'];
    const headers = ['host', 'examplebucket.s3.amazonaws.com', ...fixed, ...more];
    const value = authorizationOf({ method, path, headers, payload }, slot, {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    });
    expect(value.split('Signature=')[1]).toBe(signature);
  });
});
