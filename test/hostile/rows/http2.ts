import { family, HARMLESS, type Send } from '../family.ts';
import { asked, fields, FRAME, frame, framed, head2, type Pairs } from '../http2.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';

/** Requests that HTTP/2 can express and HTTP/1.1 cannot (RFC 9113, 8.2.1 and 8.3), to hosts that speak either. */

const HEAD: Pairs = head2(HOSTS.old, '/open/NONCE');
const with2 = (...more: Pairs): Send => framed(HOSTS.old, { pairs: [...HEAD, ...more] });
const only = (...pairs: Pairs): Send => framed(HOSTS.old, { pairs });
const old = (other: Readonly<Record<string, string>>, more = {}): Send => asked(HOSTS.old, other, more);
const END = { headers: 4, both: 5 } as const;
const limited = (other: Readonly<Record<string, string>>): Send => asked(HOSTS.limited, other);

export const HTTP2: readonly Row[] = family({
  id: 'HTTP/2: as clients send it',
  source: 'RFC 9113',
  rule: 'old',
  send: with2(['x-own', 'a']),
  tricks: [
    ['HTTP/2: a line end in a value', 'D6', with2(['x-own', 'a\r\nX-Evil: EVIL']), 'gateway.malformed'],
    ['HTTP/2: a line feed in a value', 'D6', with2(['x-own', 'a\nX-Evil: EVIL']), 'gateway.malformed'],
    ['HTTP/2: a carriage return in a value', 'D6', with2(['x-own', 'a\rb']), 'gateway.malformed'],
    ['HTTP/2: NUL in a value', 'D6', with2(['x-own', 'a\0b']), 'gateway.malformed'],
    [
      'HTTP/2: a whole request in a value',
      'D6',
      with2(['x-own', `a\r\n\r\nGET /EVIL HTTP/1.1\r\nHost: ${HOSTS.old}\r\n\r\n`]),
      'gateway.malformed',
    ],
    ['HTTP/2: a line end in a name', 'D6', with2(['x-own\r\nx-evil', 'EVIL']), 'gateway.malformed'],
    ['HTTP/2: a colon in a name', 'D6', with2(['x-own: a', 'EVIL']), 'gateway.malformed'],
    ['HTTP/2: a space in a name', 'D6', with2(['x own', 'a']), 'gateway.malformed'],
    ['HTTP/2: upper case in a name', 'RFC 9113, 8.2.1', with2(['X-Own', 'a']), 'gateway.malformed'],
    ['HTTP/2: an empty name', 'D6', with2(['', 'a']), 'gateway.malformed'],
    ['HTTP/2: a space before a value', 'RFC 9113, 8.2.1', with2(['x-own', ' a']), 'gateway.malformed'],
    ['HTTP/2: transfer-encoding', 'D6', with2(['transfer-encoding', 'chunked']), 'gateway.malformed'],
    ['HTTP/2: connection', 'RFC 9113, 8.2.2', with2(['connection', 'keep-alive']), 'gateway.malformed'],
    ['HTTP/2: upgrade', 'D6', with2(['upgrade', 'h2c']), 'gateway.malformed'],
    ['HTTP/2: keep-alive', 'RFC 9113, 8.2.2', with2(['keep-alive', 'timeout=5']), 'gateway.malformed'],
    ['HTTP/2: te that is not trailers', 'RFC 9113, 8.2.2', with2(['te', 'gzip']), 'gateway.malformed'],
    [
      'HTTP/2: a length that is too long',
      'D6',
      old({ ':method': 'POST', 'content-length': '50' }, { body: 'hello' }),
      'gateway.malformed',
    ],
    [
      'HTTP/2: a length that is too short',
      'D6',
      old({ ':method': 'POST', 'content-length': '2' }, { body: 'hello' }),
      'gateway.malformed',
    ],
    [
      'HTTP/2: a length and no content',
      'D6',
      old({ ':method': 'POST', 'content-length': '5' }),
      'gateway.malformed',
    ],
    [
      'HTTP/2: two lengths',
      'D6',
      framed(HOSTS.old, {
        pairs: [
          ...head2(HOSTS.old, '/NONCE', { ':method': 'POST' }),
          ['content-length', '5'],
          ['content-length', '5'],
        ],
        body: 'hello',
      }),
      'gateway.malformed',
    ],
    ['HTTP/2: no :method', 'RFC 9113, 8.3.1', old({ ':method': '' }), 'gateway.malformed'],
    ['HTTP/2: no :path', 'RFC 9113, 8.3.1', old({ ':path': '', 'x-n': 'NONCE' }), 'gateway.malformed'],
    ['HTTP/2: no :scheme', 'RFC 9113, 8.3.1', old({ ':scheme': '' }), 'gateway.malformed'],
    ['HTTP/2: no :authority', 'RFC 9113, 8.3.1', old({ ':authority': '' }), 'gateway.malformed'],
    [
      'HTTP/2: Host instead of :authority',
      'RFC 9113, 8.3.1',
      old({ ':authority': '', host: HOSTS.old }),
      'old',
      HARMLESS,
    ],
    ['HTTP/2: Host and :authority that differ', 'D6', old({ host: HOSTS.unlisted }), 'gateway.malformed'],
    ['HTTP/2: Host and :authority that agree', 'RFC 9113, 8.3.1', old({ host: HOSTS.old }), 'old', HARMLESS],
    ['HTTP/2: another scheme', 'D6', old({ ':scheme': 'http' }), 'gateway.malformed'],
    [
      'HTTP/2: a scheme with a URL in it',
      'D6',
      old({ ':scheme': 'https://evil.test/x?' }),
      'gateway.malformed',
    ],
    ['HTTP/2: a path without a slash', 'RFC 9113, 8.3.1', old({ ':path': 'NONCE' }), 'gateway.malformed'],
    ['HTTP/2: a path that is a URL', 'D6', old({ ':path': 'https://evil.test/NONCE' }), 'gateway.malformed'],
    ['HTTP/2: a space in the path', 'D6', old({ ':path': '/NONCE HTTP/1.1' }), 'gateway.malformed'],
    [
      'HTTP/2: a line end in the path',
      'D6',
      old({ ':path': '/NONCE HTTP/1.1\r\nHost: evil.test\r\n\r\n' }),
      'gateway.malformed',
    ],
    [
      'HTTP/2: a line end in the method',
      'D6',
      old({ ':method': `GET / HTTP/1.1\r\nHost: ${HOSTS.old}\r\n\r\nGET` }),
      'gateway.malformed',
    ],
    ['HTTP/2: a space in the method', 'D6', old({ ':method': 'GET /EVIL HTTP/1.1' }), 'gateway.malformed'],
    [
      'HTTP/2: user-info in :authority',
      'RFC 9113, 8.3.1',
      old({ ':authority': `me:EVIL@${HOSTS.old}` }),
      'gateway.malformed',
    ],
    [
      'HTTP/2: a line end in :authority',
      'D6',
      old({ ':authority': `${HOSTS.old}\r\nX: EVIL` }),
      'gateway.malformed',
    ],
    ['HTTP/2: a pseudo-header twice', 'RFC 9113, 8.3', with2([':path', '/EVIL']), 'gateway.malformed'],
    [
      'HTTP/2: :path twice',
      'D6',
      only(
        [':method', 'GET'],
        [':scheme', 'https'],
        [':authority', HOSTS.old],
        [':path', '/a'],
        [':path', '/NONCE'],
      ),
      'gateway.malformed',
    ],
    [
      'HTTP/2: :authority twice',
      'D6',
      only(
        [':method', 'GET'],
        [':scheme', 'https'],
        [':authority', HOSTS.old],
        [':authority', HOSTS.unlisted],
        [':path', '/NONCE'],
      ),
      'gateway.malformed',
    ],
    [
      'HTTP/2: a pseudo-header behind headers',
      'RFC 9113, 8.3',
      only(
        [':method', 'GET'],
        [':scheme', 'https'],
        [':authority', HOSTS.old],
        ['x-own', 'a'],
        [':path', '/NONCE'],
      ),
      'gateway.malformed',
    ],
    [
      'HTTP/2: an unknown pseudo-header',
      'RFC 9113, 8.3',
      only(
        [':method', 'GET'],
        [':scheme', 'https'],
        [':authority', HOSTS.old],
        [':path', '/NONCE'],
        [':evil', 'a'],
      ),
      'gateway.malformed',
    ],
    [
      'HTTP/2: a pseudo-header of answers',
      'RFC 9113, 8.3.2',
      only(
        [':method', 'GET'],
        [':scheme', 'https'],
        [':authority', HOSTS.old],
        [':path', '/NONCE'],
        [':status', '200'],
      ),
      'gateway.malformed',
    ],
    [
      'HTTP/2: CONNECT',
      'D6',
      only([':method', 'CONNECT'], [':authority', `${HOSTS.old}:443`], ['x-n', 'NONCE']),
      'gateway.malformed',
    ],
    ['HTTP/2: extended CONNECT', 'RFC 8441', old({ ':method': 'CONNECT', ':protocol': 'websocket' }), 'old'],
    [
      'HTTP/2: a pseudo-header in trailers',
      'RFC 9113, 8.1',
      old({ ':method': 'POST' }, { body: 'a', trailers: [[':path', '/EVIL']] }),
      'gateway.malformed',
    ],
    [
      'HTTP/2: a line end in trailers',
      'D6',
      old({ ':method': 'POST' }, { body: 'a', trailers: [['x-own', 'a\r\nX: EVIL']] }),
      'gateway.malformed',
    ],
    ['HTTP/2: another path on a limited rule', 'the rule', limited({ ':path': '/closed/NONCE' }), 'limited'],
    [
      'HTTP/2: dot segments on a limited rule',
      'F7',
      limited({ ':path': '/open/%2e%2e/closed/NONCE' }),
      'limited',
    ],
    ['HTTP/2: another method on a limited rule', 'the rule', limited({ ':method': 'DELETE' }), 'limited'],
    [
      'HTTP/2: content in a GET on a limited rule',
      'D6',
      asked(HOSTS.limited, {}, { body: 'GET /closed HTTP/1.1\r\n\r\n' }),
      'limited',
    ],
    ['HTTP/2: a header block that goes on and is cut', 'D6', cut(), 'gateway.malformed'],
    ['HTTP/2: a header block in two frames', 'RFC 9113, 6.10', split(), 'old', HARMLESS],
  ],
});

/** Sends HEADERS and CONTINUATION. Builds them late, because their lengths depend on the nonce. */
function split(): Send {
  return (marks) => {
    const block = fields(head2(HOSTS.old, `/open/${marks.nonce}`));
    const first = frame(FRAME.headers, 1, { stream: 1, payload: block.slice(0, 20) });
    const rest = frame(FRAME.continuation, END.headers, { stream: 1, payload: block.slice(20) });
    return framed(HOSTS.old, first + rest)(marks);
  };
}

/** Sends HEADERS, and DATA in place of the required CONTINUATION. */
function cut(): Send {
  return (marks) => {
    const block = fields(head2(HOSTS.old, `/open/${marks.nonce}`));
    const first = frame(FRAME.headers, 1, { stream: 1, payload: block });
    const rest = frame(FRAME.data, 1, { stream: 1, payload: marks.nonce });
    return framed(HOSTS.old, first + rest)(marks);
  };
}
