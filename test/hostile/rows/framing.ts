import { family, HARMLESS, type Send } from '../family.ts';
import { chunked, opened, type Written } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';

/** Two requests in one, and one in two (RFC 9112, 11.2), as Kettle and others published: CL.TE, TE.CL, TE.TE, CL.0. */

const HIDDEN = `GET /closed/NONCE HTTP/1.1\r\nHost: ${HOSTS.limited}\r\nX-N: NONCE\r\n\r\n`;
const POST = `POST /open/NONCE HTTP/1.1\r\nHost: ${HOSTS.limited}\r\n`;
const end = 'Connection: close\r\n\r\n';

const inTls = (...written: readonly Written[]): Send => opened(HOSTS.limited, ...written);
const raw = (text: string): Send => inTls(text);
const post = (lines: readonly string[], body: string): Send =>
  inTls({ method: 'POST', target: '/open/NONCE', lines, body });

export const FRAMING: readonly Row[] = family({
  id: 'framing: a length',
  source: 'RFC 9112, 6.3',
  rule: 'limited',
  send: post(['Content-Length: 5'], 'hello'),
  tricks: [
    [
      'framing: chunks',
      'RFC 9112, 7.1',
      post(['Transfer-Encoding: chunked'], chunked('hello', 'world')),
      'limited',
      HARMLESS,
    ],
    [
      'framing: chunk extensions',
      'RFC 9112, 7.1.1',
      post(['Transfer-Encoding: chunked'], '5;EVIL=x\r\nhello\r\n0\r\n\r\n'),
      'limited',
      HARMLESS,
    ],
    [
      'framing: a chunk extension with a line end',
      'D6',
      post(['Transfer-Encoding: chunked'], '5;a\nX: EVIL\r\nhello\r\n0\r\n\r\n'),
      'gateway.malformed',
    ],
    [
      'framing: CL.TE',
      'D6',
      post(['Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${HIDDEN}`),
      'gateway.malformed',
    ],
    [
      'framing: TE.CL',
      'D6',
      post(['Transfer-Encoding: chunked', 'Content-Length: 4'], `5c\r\n${HIDDEN}\r\n0\r\n\r\n`),
      'gateway.malformed',
    ],
    [
      'framing: TE.TE, another coding',
      'D6',
      post(['Transfer-Encoding: chunked', 'Transfer-Encoding: x'], chunked('a')),
      'gateway.malformed',
    ],
    [
      'framing: TE.TE, twice',
      'D6',
      post(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], chunked('a')),
      'gateway.malformed',
    ],
    [
      'framing: TE, a list',
      'D6',
      post(['Transfer-Encoding: gzip, chunked'], chunked('a')),
      'gateway.malformed',
    ],
    [
      'framing: TE, chunked not last',
      'D6',
      post(['Transfer-Encoding: chunked, identity'], chunked('a')),
      'gateway.malformed',
    ],
    [
      'framing: TE, identity',
      'D6',
      post(['Transfer-Encoding: identity', 'Content-Length: 1'], 'a'),
      'gateway.malformed',
    ],
    ['framing: TE, xchunked', 'D6', post(['Transfer-Encoding: xchunked'], chunked('a')), 'gateway.malformed'],
    [
      'framing: TE, a space before the colon',
      'D6',
      post(['Transfer-Encoding : chunked'], chunked('a')),
      'gateway.malformed',
    ],
    [
      'framing: TE, a tab before the value',
      'D6',
      post(['Transfer-Encoding:\tchunked'], chunked('a')),
      'limited',
      HARMLESS,
    ],
    [
      'framing: TE, vertical tab',
      'D6',
      post(['Transfer-Encoding: \x0bchunked'], chunked('a')),
      'gateway.malformed',
    ],
    [
      'framing: TE, in quotes',
      'D6',
      post(['Transfer-Encoding: "chunked"'], chunked('a')),
      'gateway.malformed',
    ],
    [
      'framing: TE, folded',
      'D6',
      post(['Transfer-Encoding:\r\n chunked'], chunked('a')),
      'gateway.malformed',
    ],
    [
      'framing: TE, in a header before',
      'D6',
      post(['X: y\nTransfer-Encoding: chunked'], chunked('a')),
      'gateway.malformed',
    ],
    [
      'framing: TE in HTTP/1.0',
      'RFC 9112, 6.1',
      raw(
        `POST /open/NONCE HTTP/1.0\r\nHost: ${HOSTS.limited}\r\nTransfer-Encoding: chunked\r\n${end}${chunked('a')}`,
      ),
      'gateway.malformed',
    ],
    [
      'framing: two lengths',
      'D6',
      post(['Content-Length: 5', 'Content-Length: 0'], 'hello'),
      'gateway.malformed',
    ],
    [
      'framing: twice the same length',
      'D6',
      post(['Content-Length: 5', 'Content-Length: 5'], 'hello'),
      'gateway.malformed',
    ],
    ['framing: a list of lengths', 'D6', post(['Content-Length: 5, 5'], 'hello'), 'gateway.malformed'],
    ['framing: a length with a plus', 'D6', post(['Content-Length: +5'], 'hello'), 'gateway.malformed'],
    ['framing: a negative length', 'D6', post(['Content-Length: -5'], 'hello'), 'gateway.malformed'],
    ['framing: a hexadecimal length', 'D6', post(['Content-Length: 0x5'], 'hello'), 'gateway.malformed'],
    [
      'framing: a length with a space in it',
      'D6',
      post(['Content-Length: 5 5'], 'hello'),
      'gateway.malformed',
    ],
    [
      'framing: a length of 2^64 and more',
      'D6',
      post(['Content-Length: 18446744073709551621'], 'hello'),
      'gateway.malformed',
    ],
    ['framing: a length that is empty', 'D6', post(['Content-Length:'], 'hello'), 'gateway.malformed'],
    [
      'framing: chunk size with 0x',
      'D6',
      post(['Transfer-Encoding: chunked'], '0x5\r\nhello\r\n0\r\n\r\n'),
      'gateway.malformed',
    ],
    [
      'framing: chunk size too large',
      'D6',
      post(['Transfer-Encoding: chunked'], 'ffffffffffffffff5\r\nhello\r\n0\r\n\r\n'),
      'gateway.malformed',
    ],
    [
      'framing: chunks with bare line feeds',
      'D6',
      post(['Transfer-Encoding: chunked'], '5\nhello\n0\n\n'),
      'gateway.malformed',
    ],
    [
      'framing: bare line feeds',
      'D6',
      raw(`POST /open/NONCE HTTP/1.1\nHost: ${HOSTS.limited}\nContent-Length: 0\n\n`),
      'gateway.malformed',
    ],
    [
      'framing: a bare carriage return',
      'D6',
      raw(`${POST}X: a\rContent-Length: 5\r\n${end}`),
      'gateway.malformed',
    ],
    [
      'framing: a folded line',
      'D6',
      raw(`${POST}X: a\r\n b\r\nContent-Length: 0\r\n${end}`),
      'gateway.malformed',
    ],
    [
      'framing: NUL in a header',
      'D6',
      raw(`${POST}X: a\0b\r\nContent-Length: 0\r\n${end}`),
      'gateway.malformed',
    ],
    [
      'framing: a header without a colon',
      'D6',
      raw(`${POST}Nothing\r\nContent-Length: 0\r\n${end}`),
      'gateway.malformed',
    ],
    [
      'framing: a header without a name',
      'D6',
      raw(`${POST}: x\r\nContent-Length: 0\r\n${end}`),
      'gateway.malformed',
    ],
    [
      'framing: a space in the target',
      'RFC 9112, 3.2',
      raw(`POST /open/NONCE /closed HTTP/1.1\r\nHost: ${HOSTS.limited}\r\n${end}`),
      'gateway.malformed',
    ],
    [
      'framing: a tab in the request line',
      'D6',
      raw(`POST\t/open/NONCE\tHTTP/1.1\r\nHost: ${HOSTS.limited}\r\n${end}`),
      'gateway.malformed',
    ],
    [
      'framing: two versions',
      'D6',
      raw(`POST /open/NONCE HTTP/1.1 HTTP/1.1\r\nHost: ${HOSTS.limited}\r\n${end}`),
      'gateway.malformed',
    ],
    [
      'framing: HTTP/2.0 on HTTP/1',
      'D6',
      raw(`POST /open/NONCE HTTP/2.0\r\nHost: ${HOSTS.limited}\r\n${end}`),
      'gateway.malformed',
    ],
    [
      'framing: 40 KB of headers',
      'RFC 6585',
      raw(`${POST}X: ${'a'.repeat(40_000)}\r\n${end}`),
      'gateway.malformed',
    ],
  ],
});
