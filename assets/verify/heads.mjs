/** Requests whose parts name two hosts, or that two readers cut in two ways. What is in the nonce's name is not allowed. */
import { ECH, helloTo } from './hello.mjs';
import { ask, askHeaded, inTunnel, raw, sendAll, textOf } from './requests.mjs';
import { all, nth } from './wire.mjs';

const good = ({ names, port }) => `${names.http}:${port}`;
const evil = ({ names, port }, nonce) => `${nonce}.${names.other}:${port}`;

/** An allowed request with other lines in place of its Host; the control has the right one. */
const headed = (...spell) => ({
  attack: (t, nonce) => all(spell.map((lines, index) => askHeaded(t, lines(good(t), evil(t, nth(nonce, index)))))),
  control: (t, nonce) => askHeaded(t, [`Host: ${good(t)}`, `X-Own: ${nonce}`]),
});

/** An allowed POST with other lines, and with what comes behind its head. */
const framed = (...make) => ({
  attack: (t, nonce) => all(make.map((parts, index) => post(t, parts(t, nth(nonce, index))))),
  control: (t, nonce) => post(t, { lines: ['Content-Length: 27'], body: nonce }),
});
const post = (t, { lines, body, method = 'POST' }) =>
  askHeaded(t, [`Host: ${good(t)}`, ...lines], { method, body });

const hidden = (t, nonce) => `GET http://${evil(t, nonce)}/ HTTP/1.1\r\nHost: ${evil(t, nonce)}\r\n\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked';
const ENDED = '1\r\na\r\n0\r\n\r\n';

/** In a tunnel to the canary: requests that name another. */
const tunnelled = (...make) => ({
  attack: (t, nonce) => all(make.map((text, index) => inTunnel(good(t), text(t, nth(nonce, index))))),
  control: (t, nonce) => inTunnel(good(t), textOf({ target: `/${nonce}`, lines: [`Host: ${good(t)}`] })),
});

const tlsTarget = ({ names, port }) => `${names.tls}:${port}`;
const hello = (...parts) => ({
  attack: (t, nonce) => all(parts.map((one, index) => helloTo(tlsTarget(t), nth(nonce, index), one(t.names)))),
  control: (t, nonce) => helloTo(tlsTarget(t), nonce, { names: [t.names.tls] }),
});

export const HEADS = {
  'host-other': headed((_, evil) => [`Host: ${evil}`]),
  'host-twice': headed(
    (good, evil) => [`Host: ${good}`, `Host: ${evil}`],
    (good, evil) => [`Host: ${evil}`, `Host: ${good}`],
    (good, evil) => [`Host: ${good}`, `hOST:${evil}`],
  ),
  'host-folded': headed(
    (_, evil) => ['Host:', ` ${evil}`],
    (good, evil) => [`Host: ${good}`, `\tHost: ${evil}`],
  ),
  'host-spaced': headed(
    (good, evil) => [`Host: ${good}`, `Host : ${evil}`],
    (good, evil) => [`Host: ${good}`, `Host\t: ${evil}`],
    (good, evil) => [` Host: ${evil}`, `Host: ${good}`],
  ),
  'host-list': headed(
    (good, evil) => [`Host: ${good}, ${evil}`],
    (good, evil) => [`Host: ${good} ${evil}`],
  ),
  'host-user': headed(
    (good, evil) => [`Host: ${good}@${evil}`],
    (good, evil) => [`Host: ${good}#@${evil}`],
  ),
  'host-url': headed(
    (_, evil) => [`Host: http://${evil}/`],
    (good, evil) => [`Host: ${good}/${evil}`],
  ),
  'head-line-feed': headed(
    (good, evil) => [`X-Own: a\nHost: ${evil}`, `Host: ${good}`],
    (good, evil) => [`Host: ${good}\n\nGET http://${evil}/ HTTP/1.1\r\nHost: ${evil}`],
  ),
  'head-carriage-return': headed((good, evil) => [`X-Own: a\rHost: ${evil}`, `Host: ${good}`]),
  'head-nul': headed(
    (good, evil) => [`Host: ${good}\0${evil}`],
    (good, evil) => [`Host: ${good}`, `Ho\0st: ${evil}`],
  ),
  'head-no-colon': headed(
    (good, evil) => [`Host: ${good}`, `Host ${evil}`],
    (good, evil) => [`Host: ${good}`, `: ${evil}`],
  ),
  'url-in-tunnel': tunnelled(
    (t, nonce) => textOf({ target: `http://${evil(t, nonce)}/`, lines: [`Host: ${good(t)}`] }),
    (t, nonce) => textOf({ target: `http://${evil(t, nonce)}/`, lines: [`Host: ${evil(t, nonce)}`] }),
  ),
  'host-in-tunnel': tunnelled((t, nonce) => textOf({ target: '/', lines: [`Host: ${evil(t, nonce)}`] })),
  'connect-in-tunnel': tunnelled(
    (t, nonce) => `CONNECT ${evil(t, nonce)} HTTP/1.1\r\nHost: ${evil(t, nonce)}\r\n\r\n`,
  ),
  'connect-body': {
    attack: (t, nonce) => {
      const text = hidden(t, nonce);
      return all([
        inTunnel(good(t), text, { connectLines: `Content-Length: ${text.length}\r\n` }),
        inTunnel(good(t), `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`, {
          connectLines: `${CHUNKED}\r\n`,
        }),
      ]);
    },
    control: (t, nonce) =>
      inTunnel(good(t), textOf({ target: `/${nonce}`, lines: [`Host: ${good(t)}`] }), {
        connectLines: 'X-Own: a\r\n',
      }),
  },
  'next-host': {
    attack: (t, nonce) => inARow(t, evil(t, nonce), '/'),
    control: (t, nonce) => inARow(t, good(t), `/${nonce}`),
  },
  'cl-te': framed((t, nonce) => ({
    lines: [`Content-Length: ${5 + hidden(t, nonce).length}`, CHUNKED],
    body: `0\r\n\r\n${hidden(t, nonce)}`,
  })),
  'te-te': framed(
    (_, nonce) => ({ lines: [CHUNKED, `Transfer-Encoding: ${nonce}`], body: ENDED }),
    (_, nonce) => ({ lines: [`Transfer-Encoding: ${nonce}, chunked`], body: ENDED }),
    (_, nonce) => ({ lines: [`Transfer-Encoding: chunked;${nonce}`], body: ENDED }),
    (_, nonce) => ({ lines: [`X: a\nTransfer-Encoding: ${nonce}`, CHUNKED], body: ENDED }),
  ),
  'cl-cl': framed(
    (_, nonce) => ({ lines: ['Content-Length: 0', `Content-Length: ${nonce.length}`], body: nonce }),
    (_, nonce) => ({ lines: [`Content-Length: ${nonce.length}`, 'Content-Length: 0'], body: nonce }),
    (_, nonce) => ({ lines: [`Content-Length: 0, ${nonce.length}`], body: nonce }),
  ),
  'chunk-extension': framed(
    (_, nonce) => ({ lines: [CHUNKED], body: `1;a\n${nonce}\r\na\r\n0\r\n\r\n` }),
    (_, nonce) => ({ lines: [CHUNKED], body: `1;a\r${nonce}\r\na\r\n0\r\n\r\n` }),
  ),
  'chunk-longer': framed((t, nonce) => ({
    lines: [CHUNKED],
    body: `1\r\na${hidden(t, nonce)}\r\n0\r\n\r\n`,
  })),
  'trailer-host': framed((t, nonce) => ({
    lines: [CHUNKED, 'Trailer: Host'],
    body: `1\r\na\r\n0\r\nHost: ${evil(t, nonce)}\r\n\r\n`,
  })),
  'http-1.0-chunks': {
    attack: (t, nonce) => raw10(t, [CHUNKED], `0\r\n\r\n${hidden(t, nonce)}`),
    control: (t, nonce) => raw10(t, ['Content-Length: 27'], nonce),
  },
  'upgrade-h2c': headed((good, evil) => [
    `Host: ${good}`,
    'Connection: Upgrade, HTTP2-Settings, close',
    'Upgrade: h2c',
    `HTTP2-Settings: ${evil}`,
  ]),
  'http2-in-clear': tunnelled((t, nonce) => preface(evil(t, nonce))),
  'upgrade-websocket': headed(
    (good, evil) => [...socketHead(good), `Upgrade: websocket, ${evil.split('.')[0]}`],
    (good, evil) => [...socketHead(good), `Upgrade: ${evil.split('.')[0]}`, 'Upgrade: websocket'],
  ),
  'tls-in-clear': {
    attack: (t, nonce) => ask(t, { host: t.names.tls, path: `/${nonce}` }),
    control: (t, nonce) => ask(t, { host: t.names.http, path: `/${nonce}` }),
  },
  'clear-in-tls': {
    attack: (t, nonce) => helloTo(good(t), nonce, { names: [t.names.http] }),
    control: (t, nonce) => helloTo(tlsTarget(t), nonce, { names: [t.names.tls] }),
  },
  'sni-missing': hello(() => ({})),
  'sni-address': hello(
    () => ({ names: ['127.0.0.1'] }),
    () => ({ names: ['::1'] }),
  ),
  'sni-spelling': hello(
    ({ tls, other }) => ({ names: [`${tls}\0.${other}`] }),
    ({ tls }) => ({ names: [`${tls} `] }),
    ({ tls }) => ({ names: [tls.replace('t', '%74')] }),
  ),
  'sni-two': hello(
    ({ tls, other }) => ({ names: [tls, other] }),
    ({ tls, other }) => ({ names: [other, tls] }),
  ),
  'sni-in-pieces': {
    ...hello(({ other }) => ({ names: [other], recordBytes: 40 })),
    control: (t, nonce) => helloTo(tlsTarget(t), nonce, { names: [t.names.tls], recordBytes: 40 }),
  },
  'sni-encrypted': hello(({ tls }) => ({ names: [tls], extensions: [[ECH, Buffer.alloc(40)]] })),
};

const socketHead = (host) => [
  `Host: ${host}`,
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

function inARow(t, host, path) {
  const lines = [`Host: ${good(t)}`, 'Connection: keep-alive'];
  const body = textOf({ target: `http://${host}${path}`, lines: [`Host: ${host}`] });
  return askHeaded(t, lines, { body, read: sendAll });
}

function raw10(t, lines, body) {
  const head = [`POST http://${good(t)}/ HTTP/1.0`, `Host: ${good(t)}`, ...lines].join('\r\n');
  return raw(`${head}\r\n\r\n${body}`);
}

/** HTTP/2 without asking (RFC 9113, 3.3): the preface, no settings, and a request to this authority, without compression. */
function preface(authority) {
  const literal = (name, value) => Buffer.from(`\0${chr(name)}${chr(value)}`, 'latin1');
  const chr = (text) => String.fromCharCode(text.length) + text;
  const fields = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', authority],
  ];
  const block = Buffer.concat(fields.map(([name, value]) => literal(name, value)));
  const frame = ([type, flags, stream], content) =>
    Buffer.concat([Buffer.from([0, 0, content.length, type, flags, 0, 0, 0, stream]), content]);
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame([4, 0, 0], Buffer.alloc(0)),
    frame([1, 5, 1], block),
  ]);
}
