import { family, HARMLESS, type Send } from '../family.ts';
import { chunked, opened, type Written } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';

/** Data on a connection besides the visible request: a further request, another protocol, headers of the connection. */

const HIDDEN = `GET /closed/NONCE HTTP/1.1\r\nHost: ${HOSTS.limited}\r\nX-N: NONCE\r\n\r\n`;

const inTls = (...written: readonly Written[]): Send => opened(HOSTS.limited, ...written);
const raw = (text: string): Send => inTls(text);
const post = (lines: readonly string[], body: string): Send =>
  inTls({ method: 'POST', target: '/open/NONCE', lines, body });

export const CONNECTIONS: readonly Row[] = family({
  id: 'connection: one request',
  source: 'RFC 9112',
  rule: 'limited',
  send: inTls({ target: '/open/NONCE' }),
  tricks: [
    ['hidden: content in a GET', 'D6', inTls({ target: '/open/NONCE', body: HIDDEN }), 'limited'],
    [
      'hidden: content in a HEAD',
      'D6',
      inTls({ method: 'HEAD', target: '/open/NONCE', body: HIDDEN }),
      'limited',
    ],
    [
      'hidden: chunks in a GET',
      'D6',
      inTls({ target: '/open/NONCE', lines: ['Transfer-Encoding: chunked'], body: chunked('a') }),
      'limited',
    ],
    [
      'hidden: the next on the connection',
      'D6',
      inTls({ target: '/open/first', keep: true }, { target: '/closed/NONCE' }),
      'limited',
    ],
    [
      'hidden: the next in the same bytes',
      'D6',
      raw(`GET /open/first HTTP/1.1\r\nHost: ${HOSTS.limited}\r\n\r\n${HIDDEN}`),
      'limited',
    ],
    [
      'hidden: behind one that was refused',
      'D6',
      raw(
        `GET /open/first HTTP/1.1\r\nHost: ${HOSTS.unlisted}\r\n\r\nGET /open/NONCE HTTP/1.1\r\nHost: ${HOSTS.limited}\r\n\r\n`,
      ),
      'gateway.mismatch',
    ],
    [
      'upgrade: h2c',
      'D6',
      inTls({
        target: '/open/NONCE',
        lines: ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: EVIL'],
        keep: true,
      }),
      'limited',
      HARMLESS,
    ],
    [
      'upgrade: h2c, then frames',
      'D6',
      inTls(
        { target: '/open/first', lines: ['Connection: Upgrade', 'Upgrade: h2c'], keep: true },
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nNONCE',
      ),
      'gateway.malformed',
    ],
    [
      'upgrade: TLS',
      'RFC 2817',
      inTls({ target: '/open/NONCE', lines: ['Connection: Upgrade', 'Upgrade: TLS/1.0, EVIL/1'] }),
      'limited',
      HARMLESS,
    ],
    [
      'hop by hop: names the length',
      'D6',
      inTls({
        method: 'POST',
        target: '/open/NONCE',
        lines: ['Connection: close, Content-Length', 'Content-Length: 5'],
        keep: true,
        body: 'hello',
      }),
      'limited',
      HARMLESS,
    ],
    [
      'hop by hop: a header that Connection names',
      'RFC 9110, 7.6.1',
      inTls({ target: '/open/NONCE', lines: ['Connection: close, X-Own', 'X-Own: EVIL'], keep: true }),
      'limited',
      HARMLESS,
    ],
    [
      'hop by hop: credentials for a proxy',
      'RFC 9110, 11.7',
      inTls({ target: '/open/NONCE', lines: ['Proxy-Authorization: Basic EVIL', 'Proxy-Connection: EVIL'] }),
      'limited',
      HARMLESS,
    ],
    [
      'hop by hop: TE and Keep-Alive',
      'RFC 9110, 7.6.1',
      inTls({ target: '/open/NONCE', lines: ['TE: EVIL', 'Keep-Alive: EVIL'] }),
      'limited',
      HARMLESS,
    ],
    [
      'trailers: a Host',
      'RFC 9110, 6.5.1',
      post(['Transfer-Encoding: chunked', 'Trailer: Host'], '5\r\nhello\r\n0\r\nHost: EVIL\r\n\r\n'),
      'limited',
      HARMLESS,
    ],
    [
      'trailers: credentials',
      'RFC 9110, 6.5.1',
      post(
        ['Transfer-Encoding: chunked'],
        '5\r\nhello\r\n0\r\nAuthorization: Bearer EVIL\r\nCookie: EVIL\r\n\r\n',
      ),
      'limited',
      HARMLESS,
    ],
    [
      '100-continue: another expectation',
      'RFC 9110, 10.1.1',
      inTls({ method: 'POST', target: '/open/NONCE', lines: ['Expect: EVIL'], body: 'a' }),
      'gateway.malformed',
    ],
  ],
});
