import { describe, expect, test } from 'vitest';
import type { RawHeaders } from '../message/headers.ts';
import { createLiveScreen } from '../screen/live.ts';
import { applyIdentity } from './apply.ts';
import { readAwsCredentials, secretTexts } from './aws-credentials.ts';
import { authorizationOf } from './sigv4.ts';

/** The token and the signature of `post-sts-header-before` in AWS's published "Signature Version 4 Test Suite". */
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';
const SIGNATURE = '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead';
const KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const VALUE = `AKIDEXAMPLE:${KEY}:${TOKEN}`;
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const SECRET = { value: VALUE, placeholder: 'placeholder-of-it', gives: 'awsCredentials' } as const;

const applied = (headers: RawHeaders, value = VALUE, path = '/') =>
  applyIdentity(
    {
      method: 'POST',
      host: 'example.amazonaws.com',
      path,
      headers,
      nowMs: Date.UTC(2015, 7, 30, 12, 36),
      bodySha256: EMPTY_SHA256,
    },
    { secret: 'aws', slot: { kind: 'sigv4', service: 'service', region: 'us-east-1' } },
    { ...SECRET, value },
  );

describe('temporary AWS credentials', () => {
  test('sign as the published test vector does', () => {
    const headers = [
      'host',
      'example.amazonaws.com',
      'x-amz-date',
      '20150830T123600Z',
      'x-amz-security-token',
      TOKEN,
    ];
    const parts = { method: 'POST', path: '/', headers, payload: EMPTY_SHA256 };
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: KEY };
    expect(authorizationOf(parts, { service: 'service', region: 'us-east-1' }, credentials)).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=${SIGNATURE}`,
    );
  });

  test('send their token, signed', () => {
    expect(applied([])).toEqual({
      path: '/',
      headers: [
        'x-amz-date',
        '20150830T123600Z',
        'x-amz-content-sha256',
        EMPTY_SHA256,
        'x-amz-security-token',
        TOKEN,
        'authorization',
        expect.stringContaining('SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, '),
      ],
    });
  });

  test('replace the token of the caller in headers and in the query', () => {
    const own = ['X-Amz-Security-Token', 'of-the-caller', 'x_amz_security_token', 'of-the-caller'];
    expect(applied(own, VALUE, '/?X-Amz-Security-Token=of-the-caller')).toEqual(applied([]));
  });

  test('are searched for by their parts, in requests and in answers', () => {
    const secrets = { inject: { aws: SECRET }, protect: [] };
    const screen = createLiveScreen({ secrets, rules: [], basicUsers: [] });
    const found = (text: string) =>
      screen.inspector.head({ host: 'a.example', path: '/', headers: [['x-note', text]] });
    for (const part of [KEY, TOKEN]) {
      expect(found(`see ${part}`)).toContainEqual(expect.objectContaining({ id: 'aws', detector: 'secret' }));
      expect(screen.scrub.text(`see ${part}.`)).not.toContain(part);
    }
    expect(found('AKIDEXAMPLE')).toEqual([]);
    screen.renew({ aws: `AKIDEXAMPLE:${KEY.toLowerCase()}` });
    expect(screen.scrub.text(TOKEN)).not.toContain(TOKEN);
  });
});

test('permanent AWS credentials have no token', () => {
  const { headers } = applied([], `AKIDEXAMPLE:${KEY}`) as { headers: RawHeaders };
  expect(headers).not.toContain('x-amz-security-token');
  expect(headers.at(-1)).toContain('Credential=AKIDEXAMPLE/');
});

test.each(['AKIDEXAMPLE', ':key-without-id', 'AKIDEXAMPLE:', 'a-a-a-a:b:', 'a-a-a-a:b:c:d'])(
  '%j is not an AWS credential, and no request is sent with it',
  (value) => {
    expect(readAwsCredentials(value)).toBeUndefined();
    expect(applied([], value)).toHaveProperty('refused');
    expect(secretTexts({ gives: 'awsCredentials' }, value)).toEqual([value]);
  },
);
