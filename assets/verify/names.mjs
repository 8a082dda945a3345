/** Names, addresses and ports in spellings that two programs read in two ways. */
import { helloTo } from './hello.mjs';
import { inTunnel, raw, textOf } from './requests.mjs';
import { all, nth } from './wire.mjs';

/** By every way to a proxy, to where this spelling leads: HTTP and TLS. */
function everyWay({ port, names }, nonce, { host, at = port }) {
  const path = `/${nonce}`;
  const target = `${host}:${at}`;
  const lines = [host, names.http].map((name) => [`Host: ${name}:${port}`]);
  return all([
    helloTo(target, nonce, { names: [host] }),
    ...lines.map((lines) => inTunnel(target, textOf({ target: path, lines }))),
    ...lines.map((lines) => raw(textOf({ target: `http://${target}${path}`, lines }))),
  ]);
}

const spelled = (spell) => ({
  attack: (t, nonce) =>
    all(spell(t.names, t).map((host, index) => everyWay(t, nth(nonce, index), { host }))),
  control: (t, nonce) => everyWay(t, nonce, { host: t.names.http }),
});

/** Where a careless reader would go; the gateway runs on the host, so this is the host. */
const EVIL = '127.0.0.1';

/** To one reader the name ends at the mark and is an address, to another it is allowed. */
const cutAt = (...marks) =>
  spelled(({ http, wild }) => marks.flatMap((mark) => [`${EVIL}${mark}.${wild}`, `${EVIL}${mark}${http}`]));

/** The same where the mark ends the authority of a URL, so that a port before it counts. */
const cutUrlAt = (...marks) =>
  spelled(({ http, wild }, { port }) =>
    marks.flatMap((mark) => [
      `${EVIL}:${port}${mark}.${wild}`,
      `${EVIL}:${port}${mark}@${http}`,
      `${EVIL}${mark}.${wild}`,
    ]),
  );

/** A name that is denied, while all its neighbours are allowed: who does not see that it is the same lets it go. */
const deniedAs = (...spellings) => ({
  ...spelled(({ wild }) => spellings.map((label) => `${label}${wild}`)),
  control: (t, nonce) => everyWay(t, nonce, { host: `open.${t.names.wild}` }),
});

/** Where the first of two ports is allowed and the other is not. */
const ported = (spell) => ({
  attack: (t, nonce) =>
    all(
      spell(t.otherPort, t.port).map((at, index) =>
        everyWay(t, nth(nonce, index), { host: t.names.http, at }),
      ),
    ),
  control: (t, nonce) => everyWay(t, nonce, { host: t.names.http }),
});

export const NAMES = {
  'name-nul': cutAt('\0'),
  'name-percent-nul': cutAt('%00'),
  'name-line-feed': cutAt('\n', '\r\n'),
  'name-carriage-return': cutAt('\r'),
  'name-tab': cutAt('\t'),
  'name-space': cutAt(' ', '%20'),
  'name-control': cutAt('\x01', '\x0b', '\x1f', '\x7f'),
  'name-fragment': cutUrlAt('#', '%23'),
  'name-backslash': cutUrlAt('\\', '%5c'),
  'name-slash': cutUrlAt('/', '?', '%2f'),
  'name-list': cutAt(',', ';'),
  'name-user': spelled(({ http, wild }) => [`${http}@${EVIL}`, `a.${wild}@${EVIL}`, `${http}:80@${EVIL}`]),
  'name-glob': spelled(() => ['*.bot-bottle.test', '*.*.bot-bottle.test', '*bot-bottle.test']),
  'denied-upper-case': deniedAs('DENIED.', 'dEnied.'),
  'denied-last-dot': spelled(({ denied }) => [`${denied}.`, `${denied}..`]),
  'denied-percent': deniedAs('%64enied.', 'denied%2e', '%2564enied.'),
  'denied-zero-width': deniedAs('den\u200bied.', 'den\u200died.', 'den\ufeffied.', 'den\u00adied.'),
  'denied-full-width': deniedAs('\uff44enied.', '\u24d3enied.'),
  'denied-odd-dot': deniedAs('denied\u3002', 'denied\uff0e', 'denied\uff61'),
  'denied-punycode': deniedAs('xn--denied-.', 'XN--denied-.'),
  'wildcard-prefix': spelled(({ wild }) => [`evil${wild}`, `a-${wild}`, `evil-${wild}`]),
  'wildcard-suffix': spelled(({ wild }) => [
    `a.${wild}.evil.test`,
    `a.${wild}evil.test`,
    `a.${wild}-evil.test`,
  ]),
  'wildcard-apex': spelled(({ wild }) => [wild]),
  'wildcard-no-label': spelled(({ wild }) => [`.${wild}`, `..${wild}`, `a..${wild}`]),
  'exact-below': spelled(({ http }) => [`a.${http}`]),
  'exact-above': spelled(() => ['bot-bottle.test', 'a.bot-bottle.test']),
  'exact-prefix': spelled(({ http }) => [`evil${http}`, `evil-${http}`]),
  'exact-suffix': spelled(({ http }) => [`${http}.evil.test`, `${http}evil.test`]),
  'exact-dot': spelled(({ http }) => [
    http.replace('.bot-bottle', 'xbot-bottle'),
    http.replace('canary.', 'canary-'),
  ]),
  'ipv6-loopback': spelled(() => ['[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '::1', '[::]']),
  'ipv6-carries-ipv4': spelled(() => ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]']),
  'ipv6-zone': spelled(() => ['[::1%lo]', '[::1%25lo]', '[::1%1]']),
  'ipv4-short': spelled(() => ['127.1', '127.0.1', '0', '0.0.0.0', '127.0.0.1.', '0177.1', '0x7f.1']),
  'port-other': ported((other) => [other]),
  'port-two': ported((other, port) => [`${port}:${other}`, `${port}@${EVIL}:${other}`]),
  'port-odd': ported((other) => [`+${other}`, `0x${other.toString(16)}`, `${other}.0`, `0${other}`]),
  'port-wraps': ported((other) => [other + 2 ** 16, other + 2 ** 32]),
};
