import { family, type Send } from '../family.ts';
import { opened, type Request1 } from '../http1.ts';
import { asked } from '../http2.ts';
import type { Row } from '../row.ts';
import { HOSTS, LENT_SECRET } from '../rules.ts';
import { handshakeLines } from '../websocket.ts';

/**
 * An attacker's key for a host whose rule adds one of our identities: the server must not use the attacker's key (D1,
 * E9).
 */

const request = (more: Request1, host: string = HOSTS.bearer): Send =>
  opened(host, { target: '/NONCE', ...more });
const header = (...lines: readonly string[]): Send => request({ lines });
const query = (text: string): Send => request({ target: `/NONCE?${text}` });
const LENT = { verdict: 'allow', arrives: () => [LENT_SECRET] } as const;

const bearer = family({
  id: 'identity: lent',
  source: 'E2',
  rule: 'bearer',
  send: request({}),
  arrives: () => [`Bearer ${LENT_SECRET}`],
  tricks: [
    [
      'identity: the placeholder in its place',
      'E2',
      header('Authorization: Bearer PLACEHOLDER'),
      'bearer',
      LENT,
    ],
    ['identity: another’s bearer', 'D1', header('Authorization: Bearer EVIL'), 'bearer', LENT],
    ['identity: another’s, in another case', 'D1', header('aUTHORIZATION: bearer EVIL'), 'bearer', LENT],
    [
      'identity: two of another’s',
      'D1',
      header('Authorization: Bearer EVIL', 'Authorization: Basic EVIL'),
      'bearer',
      LENT,
    ],
    ['identity: basic', 'D1', header('Authorization: Basic EVIL'), 'bearer', LENT],
    ['identity: AWS', 'D1', header('Authorization: AWS4-HMAC-SHA256 Credential=EVIL'), 'bearer', LENT],
    ['identity: x-api-key', 'D1', header('x-api-key: EVIL'), 'bearer', LENT],
    ['identity: X_API_KEY', 'D1', header('X_API_KEY: EVIL'), 'bearer', LENT],
    ['identity: api-key', 'D1', header('api-key: EVIL'), 'bearer', LENT],
    ['identity: x-goog-api-key', 'D1', header('x-goog-api-key: EVIL'), 'bearer', LENT],
    ['identity: private-token', 'D1', header('PRIVATE-TOKEN: EVIL'), 'bearer', LENT],
    ['identity: job-token', 'D1', header('JOB-TOKEN: EVIL'), 'bearer', LENT],
    ['identity: x-vault-token', 'D1', header('X-Vault-Token: EVIL'), 'bearer', LENT],
    ['identity: x-access-token', 'D1', header('X-Access-Token: EVIL'), 'bearer', LENT],
    ['identity: x-forwarded-user', 'D1', header('X-Forwarded-User: EVIL'), 'bearer', LENT],
    ['identity: impersonate-user', 'D1', header('Impersonate-User: EVIL'), 'bearer', LENT],
    ['identity: sudo', 'D1', header('Sudo: EVIL'), 'bearer', LENT],
    ['identity: sudo in the query', 'D1', query('sudo=EVIL'), 'bearer', LENT],
    ['identity: a client certificate', 'D1', header('X-Forwarded-Client-Cert: EVIL'), 'bearer', LENT],
    ['identity: x-amz-security-token', 'D1', header('X-Amz-Security-Token: EVIL'), 'bearer', LENT],
    ['identity: a cookie', 'D1', header('Cookie: session=EVIL'), 'bearer', LENT],
    ['identity: an unknown header with a bearer', 'D1', header('X-Own: Bearer EVIL'), 'bearer', LENT],
    ['identity: an unknown header with basic', 'D1', header('X-Own: basic EVIL'), 'bearer', LENT],
    ['identity: for a proxy', 'D1', header('Proxy-Authorization: Bearer EVIL'), 'bearer', LENT],
    [
      'identity: Connection names the header',
      'RFC 9110, 7.6.1',
      request({ lines: ['Connection: close, Authorization'], keep: true }),
      'bearer',
      LENT,
    ],
    [
      'identity: in a trailer',
      'D1',
      request({
        method: 'POST',
        lines: ['Transfer-Encoding: chunked'],
        body: '1\r\na\r\n0\r\nx-api-key: EVIL\r\n\r\n',
      }),
      'bearer',
      LENT,
    ],
    [
      'identity: in trailers, whatever their names',
      'D1',
      request({
        method: 'POST',
        lines: ['Transfer-Encoding: chunked'],
        body: '1\r\na\r\n0\r\nX-Own: Bearer EVIL\r\nX_Api_Key: EVIL\r\n\r\n',
      }),
      'bearer',
      LENT,
    ],
    ['identity: access_token', 'D1', query('a=b&access_token=EVIL'), 'bearer', LENT],
    ['identity: api_key', 'D1', query('api_key=EVIL'), 'bearer', LENT],
    ['identity: key', 'D1', query('key=NONCE'), 'gateway.identity'],
    ['identity: escaped letters of key', 'D1', query('%6bey=NONCE'), 'gateway.identity'],
    ['identity: escaped letters in a name', 'D1', query('api%5fkey=EVIL'), 'bearer', LENT],
    ['identity: upper case in a name', 'D1', query('ACCESS_TOKEN=EVIL'), 'bearer', LENT],
    ['identity: an index in a name', 'D1', query('token[]=EVIL'), 'bearer', LENT],
    ['identity: presigned', 'D3', query('X-Amz-Credential=EVIL&X-Amz-Signature=EVIL'), 'bearer', LENT],
    ['identity: presigned by Google', 'D3', query('X-Goog-Signature=EVIL'), 'bearer', LENT],
    ['identity: headers in the query', 'D1', query('$httpHeaders=X-N%3ANONCE'), 'bearer'],
    ['identity: to copy from another bucket', 'B3', header('x-amz-copy-source: /secret/key'), 'bearer'],
    ['identity: to copy from its own', 'B3', header('x-amz-copy-source: bearer/key'), 'bearer', LENT],
    ['identity: escaped twice in a name', 'D1', query('%256bey=NONCE'), 'gateway.identity'],
    ['identity: behind a semicolon', 'D1', query('a=b;key=NONCE'), 'gateway.identity'],
    ['identity: behind a second question mark', 'D1', query('a=b?key=NONCE'), 'gateway.identity'],
    ['identity: a parameter of the path', 'D1', request({ target: '/NONCE;token=EVIL' }), 'gateway.identity'],
    ['identity: jsessionid', 'D1', request({ target: '/NONCE;jsessionid=EVIL' }), 'gateway.identity'],
    [
      'identity: user-info',
      'D1',
      request({ target: `https://me:EVIL@${HOSTS.bearer}/NONCE` }),
      'gateway.malformed',
    ],
    ['identity: HTTP/2, x-api-key', 'D1', asked(HOSTS.bearer, { 'x-api-key': 'EVIL' }), 'bearer', LENT],
    ['identity: HTTP/2, a cookie in pieces', 'D1', asked(HOSTS.bearer, { cookie: 'a=EVIL' }), 'bearer', LENT],
    [
      'identity: HTTP/2, in a trailer',
      'D1',
      asked(HOSTS.bearer, { ':method': 'POST' }, { body: 'a', trailers: [['x-api-key', 'EVIL']] }),
      'bearer',
      LENT,
    ],
    [
      'identity: a subprotocol of a WebSocket',
      'D1',
      request({ lines: handshakeLines('Sec-WebSocket-Protocol: openai-insecure-api-key.NONCE'), keep: true }),
      'bearer',
    ],
    [
      'identity: the placeholder in another header',
      'E2',
      header('X-Own: PLACEHOLDER'),
      'gateway.placeholder',
    ],
    [
      'identity: the placeholder in the path',
      'E2',
      request({ target: '/NONCE/PLACEHOLDER' }),
      'gateway.placeholder',
    ],
    ['identity: the placeholder in the query', 'E2', query('a=PLACEHOLDER'), 'gateway.placeholder'],
    [
      'identity: the placeholder in a body',
      'E3',
      request({ method: 'POST', body: 'PLACEHOLDER' }),
      'gateway.dlp',
    ],
    ['identity: the placeholder in x-api-key', 'E2', header('X-Api-Key: PLACEHOLDER'), 'bearer', LENT],
    ['identity: the placeholder as api_key', 'E2', query('api_key=PLACEHOLDER'), 'bearer', LENT],
    ['identity: the placeholder as key', 'E2', query('key=PLACEHOLDER'), 'gateway.identity'],
    ['identity: the placeholder in basic', 'E2', encodedBasic(), 'bearer', LENT],
  ],
});

/** Sends the key as a password, as `npm` and `git` do. */
function encodedBasic(): Send {
  return (marks) => {
    const value = Buffer.from(`me:${marks.placeholder}`).toString('base64');
    return header(`Authorization: Basic ${value}`)(marks);
  };
}

const inHeader = family({
  id: 'identity in a header: lent',
  source: 'E2',
  rule: 'header',
  send: request({}, HOSTS.header),
  arrives: () => [LENT_SECRET],
  tricks: [
    [
      'identity in a header: another’s in its place',
      'D1',
      request({ lines: ['X-Api-Key: EVIL'] }, HOSTS.header),
      'header',
      LENT,
    ],
    [
      'identity in a header: underscores',
      'D1',
      request({ lines: ['X_Api_Key: EVIL'] }, HOSTS.header),
      'header',
      LENT,
    ],
    [
      'identity in a header: a bearer besides',
      'D1',
      request({ lines: ['Authorization: Bearer EVIL'] }, HOSTS.header),
      'header',
      LENT,
    ],
    [
      'identity in a header: the placeholder as a bearer',
      'E2',
      request({ lines: ['Authorization: Bearer PLACEHOLDER'] }, HOSTS.header),
      'header',
      LENT,
    ],
    [
      'identity in a header: the placeholder as a bearer in another header',
      'E2',
      request({ lines: ['X-Own: Bearer PLACEHOLDER'] }, HOSTS.header),
      'gateway.placeholder',
    ],
    [
      'identity in a header: the placeholder in a cookie',
      'E2',
      request({ lines: ['Cookie: a=PLACEHOLDER'] }, HOSTS.header),
      'gateway.placeholder',
    ],
  ],
});

const inQuery = family({
  id: 'identity in the query: lent',
  source: 'E2',
  rule: 'query',
  send: request({ target: '/NONCE?a=b' }, HOSTS.query),
  arrives: () => [`lent=${LENT_SECRET}`],
  tricks: [
    [
      'identity in the query: another’s in its place',
      'D1',
      request({ target: '/NONCE?lent=EVIL' }, HOSTS.query),
      'query',
      LENT,
    ],
    [
      'identity in the query: twice',
      'D1',
      request({ target: '/NONCE?lent=EVIL&LENT=EVIL' }, HOSTS.query),
      'query',
      LENT,
    ],
    [
      'identity in the query: escaped',
      'D1',
      request({ target: '/NONCE?l%65nt=EVIL' }, HOSTS.query),
      'query',
      LENT,
    ],
    [
      'identity in the query: a bearer besides',
      'D1',
      request({ lines: ['Authorization: Bearer EVIL'] }, HOSTS.query),
      'query',
      LENT,
    ],
  ],
});

const elsewhere = (more: Request1): Send => request(more, HOSTS.free);

const placeholders = family({
  id: 'placeholder: nowhere',
  source: 'E2',
  rule: 'free',
  send: elsewhere({ lines: ['Authorization: Bearer of-somebody'] }),
  tricks: [
    [
      'placeholder: a bearer to another host',
      'E2',
      elsewhere({ lines: ['Authorization: Bearer PLACEHOLDER'] }),
      'gateway.placeholder',
    ],
    [
      'placeholder: in base64 to another host',
      'E2',
      (marks) => elsewhere({ lines: [`X-Own: ${Buffer.from(marks.placeholder).toString('base64')}`] })(marks),
      'gateway.placeholder',
    ],
    [
      'placeholder: in the path of another host',
      'E2',
      elsewhere({ target: '/NONCE/PLACEHOLDER' }),
      'gateway.placeholder',
    ],
    [
      'placeholder: in a cookie',
      'E2',
      elsewhere({ lines: ['Cookie: a=PLACEHOLDER'] }),
      'gateway.placeholder',
    ],
    [
      'placeholder: as the name of a header',
      'E2',
      elsewhere({ lines: ['X-PLACEHOLDER: a'] }),
      'gateway.placeholder',
    ],
    [
      'placeholder: in a body',
      'E2',
      elsewhere({ method: 'POST', body: '{"key":"PLACEHOLDER"}' }),
      'gateway.dlp',
    ],
  ],
});

export const CREDENTIALS: readonly Row[] = [...bearer, ...inHeader, ...inQuery, ...placeholders];
