import { family, HARMLESS, type Send } from '../family.ts';
import { plain, stream, type Written } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';

/** HTTP without TLS, through the proxy, on port 80 and in a tunnel: URL, Host and CONNECT name different hosts. */

const proxied = (target: string, host: string, ...lines: readonly string[]): Send =>
  plain(3128, host, { host, target, lines });
const direct = (...written: readonly Written[]): Send => plain(80, HOSTS.plain, ...written);

const disagreeing = family({
  id: 'plain HTTP: all name the same',
  source: 'B3',
  rule: 'plain',
  send: proxied(`http://${HOSTS.plain}/NONCE`, HOSTS.plain),
  tricks: [
    [
      'plain HTTP: the URL is not allowed',
      'B3',
      proxied(`http://${HOSTS.unlisted}/NONCE`, HOSTS.unlisted),
      'default',
    ],
    [
      'plain HTTP: Host is another',
      'B3',
      proxied(`http://${HOSTS.plain}/NONCE`, HOSTS.plainLimited),
      'gateway.mismatch',
    ],
    [
      'plain HTTP: the URL is another',
      'B3',
      proxied(`http://${HOSTS.unlisted}/NONCE`, HOSTS.plain),
      'gateway.mismatch',
    ],
    [
      'plain HTTP: another port in the URL',
      'B3',
      proxied(`http://${HOSTS.plain}:8080/NONCE`, HOSTS.plain),
      'gateway.mismatch',
    ],
    [
      'plain HTTP: another port',
      'B3',
      proxied(`http://${HOSTS.plain}:8080/NONCE`, `${HOSTS.plain}:8080`),
      'plain',
    ],
    ['plain HTTP: a host that wants TLS', 'E4', proxied(`http://${HOSTS.free}/NONCE`, HOSTS.free), 'free'],
    [
      'plain HTTP: https through the proxy, unencrypted',
      'B3',
      proxied(`https://${HOSTS.free}/NONCE`, HOSTS.free),
      'gateway.malformed',
    ],
    [
      'plain HTTP: another scheme',
      'B3',
      proxied(`ftp://${HOSTS.plain}/NONCE`, HOSTS.plain),
      'gateway.malformed',
    ],
    [
      'plain HTTP: user-info in the URL',
      'A1',
      proxied(`http://me:EVIL@${HOSTS.plain}/NONCE`, HOSTS.plain),
      'gateway.malformed',
    ],
    ['plain HTTP: no URL on the proxy', 'B3', proxied('/NONCE', HOSTS.plain), 'gateway.malformed'],
    [
      'plain HTTP: a backslash in the URL',
      'A1',
      proxied(`http://${HOSTS.plain}\\@${HOSTS.unlisted}/NONCE`, HOSTS.plain),
      'gateway.malformed',
    ],
    ['port 80: Host decides', 'B3', direct({ target: '/NONCE' }), 'plain', HARMLESS],
    ['port 80: Host is not allowed', 'B3', direct({ host: HOSTS.unlisted, target: '/NONCE' }), 'default'],
    [
      'port 80: another port',
      'B3',
      direct({ host: `${HOSTS.plain}:8080`, target: '/NONCE' }),
      'gateway.mismatch',
    ],
    [
      'port 80: a URL of another',
      'B3',
      direct({ target: `http://${HOSTS.unlisted}/NONCE` }),
      'gateway.mismatch',
    ],
    [
      'port 80: CONNECT',
      'B3',
      direct(`CONNECT ${HOSTS.free}:443 HTTP/1.1\r\nHost: ${HOSTS.free}:443\r\n\r\nNONCE`),
      'gateway.malformed',
    ],
    [
      'port 80: HTTP/1.0 without Host',
      'RFC 9112, 3.2',
      direct('GET /NONCE HTTP/1.0\r\n\r\n'),
      'gateway.malformed',
    ],
    ['port 80: HTTP/0.9', 'RFC 9112, A', direct('GET /NONCE\r\n\r\n'), 'gateway.malformed'],
    [
      'port 80: two requests, the second to another',
      'D6',
      direct({ target: '/first', keep: true }, { host: HOSTS.unlisted, target: '/NONCE' }),
      'default',
    ],
    [
      'tunnel: TLS where plain HTTP is allowed',
      'B3',
      stream(HOSTS.plain, { connect: `${HOSTS.plain}:80`, tls: { sni: HOSTS.plain } }, { target: '/NONCE' }),
      'plain',
    ],
    [
      'tunnel: another Host inside',
      'D6',
      stream(HOSTS.unlisted, { connect: `${HOSTS.plain}:80` }, { target: '/NONCE' }),
      'gateway.mismatch',
    ],
  ],
});

const limited = (lines: readonly string[], body: string): Send =>
  plain(80, HOSTS.plainLimited, { method: 'POST', target: '/open/NONCE', lines, body });

const plainly = family({
  id: 'framing in the clear: a length',
  source: 'RFC 9112, 6.3',
  rule: 'plainLimited',
  send: limited([], 'hello'),
  tricks: [
    [
      'framing in the clear: CL.TE',
      'D6',
      limited(['Content-Length: 6', 'Transfer-Encoding: chunked'], '0\r\n\r\nNONCE'),
      'gateway.malformed',
    ],
    [
      'framing in the clear: two lengths',
      'D6',
      limited(['Content-Length: 5', 'Content-Length: 0'], 'hello'),
      'gateway.malformed',
    ],
    [
      'framing in the clear: content in a GET',
      'D6',
      plain(80, HOSTS.plainLimited, { target: '/open/NONCE', body: 'GET /closed HTTP/1.1\r\n\r\n' }),
      'plainLimited',
    ],
    [
      'framing in the clear: another path',
      'the rule',
      plain(80, HOSTS.plainLimited, { target: '/closed/NONCE' }),
      'plainLimited',
    ],
    [
      'framing in the clear: dot segments',
      'F7',
      plain(80, HOSTS.plainLimited, { target: '/open/..%2f../closed/NONCE' }),
      'plainLimited',
    ],
    [
      'framing in the clear: the next on the connection',
      'D6',
      plain(80, HOSTS.plainLimited, { target: '/open/first', keep: true }, { target: '/closed/NONCE' }),
      'plainLimited',
    ],
    [
      'framing in the clear: h2c, with its preface',
      'D6',
      plain(80, HOSTS.plainLimited, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nNONCE'),
      'gateway.malformed',
    ],
  ],
});

export const CLEAR: readonly Row[] = [...disagreeing, ...plainly];
