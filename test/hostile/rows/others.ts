import { family, HARMLESS, type Send } from '../family.ts';
import { opened, stream, type Request1 } from '../http1.ts';
import type { Row, Sending, Stream } from '../row.ts';
import { DOMAIN, HOSTS, PROTECTED_SECRET } from '../rules.ts';
import { clientFrame, handshakeLines } from '../websocket.ts';

/** Upgrades, redirects and DNS names: traffic other than requests. */

const socket = (host: string, more: Request1, ...frames: readonly string[]): Send =>
  opened(host, { target: '/socket/NONCE', keep: true, ...more }, ...frames);
const GET = { lines: handshakeLines() };

const sockets = family({
  id: 'WebSocket: allowed',
  source: 'RFC 6455',
  rule: 'socket',
  send: socket(HOSTS.socket, GET, clientFrame('hello')),
  tricks: [
    ['WebSocket: a rule that does not say so', 'D6', socket(HOSTS.free, GET), 'free'],
    [
      'WebSocket: another path',
      'the rule',
      socket(HOSTS.socket, { ...GET, target: '/other/NONCE' }),
      'socket',
    ],
    [
      'WebSocket: dot segments',
      'F7',
      socket(HOSTS.socket, { ...GET, target: '/socket/..%2fother/NONCE' }),
      'socket',
    ],
    [
      'WebSocket: a list of protocols',
      'D6',
      socket(HOSTS.free, { lines: ['Connection: Upgrade', 'Upgrade: h2c, WebSocket'] }),
      'free',
    ],
    [
      'WebSocket: without Connection',
      'RFC 9110, 7.8',
      socket(HOSTS.free, { lines: ['Upgrade: websocket'] }),
      'free',
      HARMLESS,
    ],
    [
      'WebSocket: in upper case',
      'D6',
      socket(HOSTS.free, { lines: ['Connection: UPGRADE', 'Upgrade: WEBSOCKET'] }),
      'free',
    ],
    [
      'WebSocket: extensions',
      'L1',
      socket(HOSTS.socket, { lines: handshakeLines('Sec-WebSocket-Extensions: permessage-deflate; EVIL') }),
      'socket',
      HARMLESS,
    ],
    [
      'WebSocket: another Host',
      'D6',
      socket(HOSTS.socket, { ...GET, host: HOSTS.unlisted }),
      'gateway.mismatch',
    ],
    [
      'WebSocket: a secret in the handshake',
      'L1',
      socket(HOSTS.socket, { lines: handshakeLines(`X-Own: ${PROTECTED_SECRET}`) }),
      'gateway.dlp',
    ],
    [
      'WebSocket: frames that are sent too early',
      'D6',
      socket(HOSTS.free, GET, clientFrame('NONCE')),
      'free',
    ],
  ],
});

/** The handshake is allowed by itself, and carries no nonce. */
const frames = (...sent: readonly string[]): Send =>
  socket(HOSTS.socket, { ...GET, target: '/socket/' }, ...sent);
const framed =
  (text: string, more = {}): Send =>
  (marks) =>
    frames(clientFrame(`${text} ${marks.evil}`, more))(marks);

const messages = family({
  id: 'frame: a message',
  source: 'RFC 6455',
  rule: 'socket',
  send: socket(HOSTS.socket, GET, clientFrame('hello')),
  tricks: [
    ['frame: a secret', 'L1', framed(PROTECTED_SECRET), 'gateway.dlp'],
    ['frame: a secret, masked', 'L1', framed(PROTECTED_SECRET, { mask: 'abcd' }), 'gateway.dlp'],
    ['frame: a secret as bytes', 'L1', framed(PROTECTED_SECRET, { opcode: 2 }), 'gateway.dlp'],
    [
      'frame: a secret in base64',
      'L1',
      framed(Buffer.from(PROTECTED_SECRET).toString('base64')),
      'gateway.dlp',
    ],
    ['frame: a secret in a ping', 'L1', framed(PROTECTED_SECRET, { opcode: 9 }), 'gateway.dlp'],
    [
      'frame: a secret in fragments',
      'L1',
      frames(
        clientFrame(PROTECTED_SECRET.slice(0, 15), { isFinal: false }),
        clientFrame(PROTECTED_SECRET.slice(15), { opcode: 0 }),
      ),
      'gateway.dlp',
    ],
    [
      'frame: a secret in the second message',
      'L1',
      frames(clientFrame('hello'), clientFrame(PROTECTED_SECRET)),
      'gateway.dlp',
    ],
    [
      'frame: a text that only its key hides',
      'RFC 6455, 10.3',
      (marks) =>
        socket(
          HOSTS.socket,
          GET,
          `\x82${String.fromCharCode(128 | marks.evil.length)}abcd${marks.evil}`,
        )(marks),
      'socket',
      HARMLESS,
    ],
    ['frame: the placeholder', 'E2', (marks) => frames(clientFrame(marks.placeholder))(marks), 'gateway.dlp'],
    ['frame: not masked', 'RFC 6455, 5.1', frames('\x81\x05hello'), 'gateway.malformed'],
    ['frame: compressed', 'RFC 7692', frames('\xc1\x80\0\0\0\0'), 'gateway.malformed'],
  ],
});

const redirect =
  (location: string): Send =>
  (marks): Sending => {
    const to = Buffer.from(location.replaceAll('NONCE', marks.nonce)).toString('base64url');
    return { kind: 'redirected', first: opened(HOSTS.free, { target: `/?to=${to}` })(marks) as Stream };
  };

const redirects = family({
  id: 'redirect: to what is allowed',
  source: 'I4',
  rule: 'plain',
  send: redirect(`http://${HOSTS.plain}/NONCE`),
  tricks: [
    ['redirect: to a host that is not allowed', 'I4', redirect('https://NONCE.evil.test/'), 'default'],
    ['redirect: in the clear', 'I4', redirect('http://evil.test/NONCE'), 'default'],
    ['redirect: to metadata', 'B12', redirect('http://169.254.169.254/NONCE'), 'default'],
    ['redirect: to loopback', 'B12', redirect('https://127.0.0.1:443/NONCE'), 'default'],
    ['redirect: to another port', 'I4', redirect(`https://${HOSTS.free}:8443/NONCE`), 'free'],
    ['redirect: from TLS to plain', 'E4', redirect(`http://${HOSTS.free}/NONCE`), 'free'],
  ],
});

const question =
  (name: string, type = 'A'): Send =>
  (marks): Sending => ({ kind: 'dns', name: name.replaceAll('NONCE', marks.nonce), type });

/** No server receives an allowed question either, because the gateway alone answers it. So the control is a request. */
const questions = family({
  id: 'DNS: a host that is allowed',
  source: 'C1',
  rule: 'wild',
  send: stream(
    HOSTS.wild,
    { connect: `${HOSTS.wild}:443`, tls: { sni: HOSTS.wild, alpn: ['http/1.1'] } },
    { target: '/NONCE' },
  ),
  tricks: [
    ['DNS: a name that is not allowed', 'C1', question(`NONCE.evil.test`), 'default'],
    ['DNS: data in labels', 'C1', question(`${'a'.repeat(60)}.${'b'.repeat(60)}.NONCE.evil.test`), 'default'],
    ['DNS: text records', 'C1', question('NONCE.evil.test', 'TXT'), 'default'],
    ['DNS: mail', 'C1', question('NONCE.evil.test', 'MX'), 'default'],
    ['DNS: services', 'C1', question('_x._tcp.NONCE.evil.test', 'SRV'), 'default'],
    ['DNS: IPv6', 'B8', question('NONCE.evil.test', 'AAAA'), 'default'],
    ['DNS: the apex of a wildcard', 'A4', question(HOSTS.apex), 'default'],
    ['DNS: a denied name below a wildcard', 'A7', question(`BAD.wild.${DOMAIN}`), 'deniedHost'],
    ['DNS: below a name that is exact', 'A4', question(`NONCE.${HOSTS.free}`), 'default'],
    ['DNS: an address', 'A5', question('127.0.0.1'), 'gateway.malformed'],
    ['DNS: backwards', 'C4', question('1.0.0.127.in-addr.arpa', 'PTR'), 'default'],
  ],
});

export const OTHERS: readonly Row[] = [...sockets, ...messages, ...redirects, ...questions];
