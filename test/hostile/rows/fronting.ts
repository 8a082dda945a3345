import { family, HARMLESS, type Send } from '../family.ts';
import { asked, framed, head2 } from '../http2.ts';
import { opened, stream } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';

/** CONNECT, TLS server name, Host, URL and `:authority` that name different hosts: domain fronting and its variants. */

const TLS = { sni: HOSTS.free, alpn: ['http/1.1'] };
const SECURE = `${HOSTS.free}:443`;
const inside = (host: string, ...lines: readonly string[]): Send =>
  opened(HOSTS.free, { host, target: '/NONCE', lines });
const named = (sni: string, connect = SECURE): Send =>
  stream(HOSTS.free, { connect, tls: { sni, alpn: ['http/1.1'] } }, { target: '/NONCE' });
const connectHeaders = (text: string): Send =>
  stream(HOSTS.free, { connect: SECURE, connectHeaders: text, tls: TLS }, { target: '/NONCE' });

export const FRONTING: readonly Row[] = family({
  id: 'TLS: all name the same',
  source: 'D6',
  rule: 'free',
  send: inside(HOSTS.free),
  tricks: [
    ['SNI: another that is allowed', 'D6', named(HOSTS.limited), 'gateway.mismatch'],
    ['SNI: not allowed', 'D6', named(HOSTS.unlisted), 'gateway.mismatch'],
    [
      'SNI: of the host in CONNECT, which is not allowed',
      'D6',
      named(HOSTS.free, `${HOSTS.unlisted}:443`),
      'default',
    ],
    ['SNI: in upper case', 'A1', named(HOSTS.free.toUpperCase()), 'free', HARMLESS],
    [
      'SNI: none',
      'D6',
      stream(HOSTS.free, { connect: SECURE, tls: { alpn: ['http/1.1'] } }, { target: '/NONCE' }),
      'gateway.no-server-name',
    ],
    ['Host: not allowed', 'D6', inside(HOSTS.unlisted), 'gateway.mismatch'],
    ['Host: another that is allowed', 'D6', inside(HOSTS.limited), 'gateway.mismatch'],
    ['Host: another port', 'D6', inside(`${HOSTS.free}:8443`), 'gateway.mismatch'],
    ['Host: port 80', 'D6', inside(`${HOSTS.free}:80`), 'gateway.mismatch'],
    ['Host: with its port', 'D6', inside(`${HOSTS.free}:443`), 'free', HARMLESS],
    ['Host: a dot at the end', 'A1', inside(`${HOSTS.free}.`), 'free', HARMLESS],
    ['Host: upper case', 'A1', inside(HOSTS.free.toUpperCase()), 'free', HARMLESS],
    ['Host: two', 'D6', inside(HOSTS.free, `Host: ${HOSTS.unlisted}`), 'gateway.malformed'],
    ['Host: twice the same', 'RFC 9112, 3.2', inside(HOSTS.free, `Host: ${HOSTS.free}`), 'gateway.malformed'],
    [
      'Host: none',
      'RFC 9112, 3.2',
      opened(HOSTS.free, `GET /NONCE HTTP/1.1\r\nConnection: close\r\n\r\n`),
      'gateway.malformed',
    ],
    ['Host: empty', 'RFC 9112, 3.2', inside(''), 'gateway.malformed'],
    ['Host: a list', 'D6', inside(`${HOSTS.free}, ${HOSTS.unlisted}`), 'gateway.malformed'],
    ['Host: user-info', 'A1', inside(`${HOSTS.free}@${HOSTS.unlisted}`), 'gateway.malformed'],
    ['Host: a path', 'A1', inside(`${HOSTS.free}/${HOSTS.unlisted}`), 'gateway.malformed'],
    [
      'Host: folded',
      'D6',
      opened(HOSTS.free, `GET /NONCE HTTP/1.1\r\nHost:\r\n ${HOSTS.free}\r\n\r\n`),
      'gateway.malformed',
    ],
    [
      'Host: a space before the colon',
      'D6',
      opened(HOSTS.free, `GET /NONCE HTTP/1.1\r\nHost : ${HOSTS.free}\r\n\r\n`),
      'gateway.malformed',
    ],
    [
      'Host: a space before the name',
      'D6',
      opened(HOSTS.free, `GET /NONCE HTTP/1.1\r\n Host: ${HOSTS.unlisted}\r\nHost: ${HOSTS.free}\r\n\r\n`),
      'gateway.malformed',
    ],
    [
      'absolute form: the same',
      'B3',
      opened(HOSTS.free, { target: `https://${HOSTS.free}/NONCE` }),
      'free',
      HARMLESS,
    ],
    [
      'absolute form: another',
      'B3',
      opened(HOSTS.free, { target: `https://${HOSTS.unlisted}/NONCE` }),
      'gateway.mismatch',
    ],
    [
      'absolute form: another in Host',
      'B3',
      opened(HOSTS.free, { host: HOSTS.unlisted, target: `https://${HOSTS.free}/NONCE` }),
      'gateway.mismatch',
    ],
    [
      'absolute form: another scheme',
      'B3',
      opened(HOSTS.free, { target: `http://${HOSTS.free}/NONCE` }),
      'gateway.malformed',
    ],
    [
      'absolute form: user-info',
      'E10',
      opened(HOSTS.free, { target: `https://me:EVIL@${HOSTS.free}/NONCE` }),
      'gateway.malformed',
    ],
    [
      'absolute form: a scheme of files',
      'B3',
      opened(HOSTS.free, { target: 'file:///NONCE' }),
      'gateway.malformed',
    ],
    [
      'CONNECT within TLS',
      'D6',
      opened(HOSTS.free, `CONNECT ${HOSTS.free}:443 HTTP/1.1\r\nHost: ${HOSTS.free}\r\n\r\nNONCE`),
      'gateway.malformed',
    ],
    [
      'CONNECT: Host names another',
      'D6',
      connectHeaders(`Host: ${HOSTS.unlisted}:443\r\n`),
      'gateway.mismatch',
    ],
    [
      'CONNECT: Host names another port',
      'D6',
      connectHeaders(`Host: ${HOSTS.free}:80\r\n`),
      'gateway.mismatch',
    ],
    [
      'CONNECT: two Hosts',
      'D6',
      connectHeaders(`Host: ${SECURE}\r\nHost: ${HOSTS.unlisted}:443\r\n`),
      'gateway.mismatch',
    ],
    [
      'CONNECT: a body',
      'D6',
      connectHeaders(`Host: ${SECURE}\r\nContent-Length: 5\r\n`),
      'gateway.malformed',
    ],
    [
      'CONNECT: chunks',
      'D6',
      connectHeaders(`Host: ${SECURE}\r\nTransfer-Encoding: chunked\r\n`),
      'gateway.malformed',
    ],
    [
      'CONNECT: a folded header',
      'D6',
      connectHeaders(`Host: ${SECURE}\r\nX:\r\n y\r\n`),
      'gateway.malformed',
    ],
    ['CONNECT: bare line feeds', 'D6', connectHeaders(`Host: ${SECURE}\nX: y\r\n`), 'gateway.malformed'],
    [
      'port 443: the name in TLS decides',
      'B3',
      stream(HOSTS.free, { port: 443, tls: TLS }, { target: '/NONCE' }),
      'free',
      HARMLESS,
    ],
    [
      'port 443: not allowed',
      'B3',
      stream(HOSTS.unlisted, { port: 443, tls: { sni: HOSTS.unlisted } }, { target: '/NONCE' }),
      'default',
    ],
    [
      'port 443: no name',
      'B3',
      stream(HOSTS.free, { port: 443, tls: {} }, { target: '/NONCE' }),
      'gateway.no-server-name',
    ],
    [
      'port 443: Host names another',
      'D6',
      stream(HOSTS.unlisted, { port: 443, tls: TLS }, { target: '/NONCE' }),
      'gateway.mismatch',
    ],
    [
      'coalescing: :authority of another host',
      'D6',
      asked(HOSTS.free, { ':authority': HOSTS.limited }),
      'gateway.mismatch',
    ],
    [
      'coalescing: :authority not allowed',
      'D6',
      asked(HOSTS.free, { ':authority': HOSTS.unlisted }),
      'gateway.mismatch',
    ],
    [
      'coalescing: another port',
      'D6',
      asked(HOSTS.free, { ':authority': `${HOSTS.free}:8443` }),
      'gateway.mismatch',
    ],
    [
      'coalescing: the second request',
      'D6',
      framed(
        HOSTS.free,
        { pairs: head2(HOSTS.free, '/first') },
        { pairs: head2(HOSTS.limited, '/open/NONCE') },
      ),
      'gateway.mismatch',
    ],
  ],
});
