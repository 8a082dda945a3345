/** Attempts to outlive the bottle, or to leave something to the next one. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { all, allowedRequest, carryHome, datagram, interfaces, proxy, question, sendTo } from './wire.mjs';

/** A process with no parent here, no environment, no terminal, deaf to what can be refused; it ends after a minute at most. */
function outlive(script, args) {
  const shell = `trap '' TERM HUP INT QUIT PIPE; ${script}`;
  const child = spawn('sh', ['-c', shell, ...args], {
    env: { PATH: process.env.PATH },
    stdio: 'ignore',
    detached: true,
  });
  child.unref();
  return child;
}

const WAIT = 'n=0; while [ $n -lt 60 ]; do n=$((n+1)); sleep 1; done';

async function seen(nonce) {
  await sleep(100);
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    });
  if (!lines.some((line) => line.includes(nonce))) throw new Error('an own process is not seen');
}

async function daemon(_t, nonce) {
  outlive(WAIT, [nonce]);
  await seen(nonce);
}

/** The same code, ended by us. */
async function ownDaemon(_t, nonce) {
  const child = outlive(WAIT, [nonce]);
  try {
    await seen(nonce);
  } finally {
    child.kill('SIGKILL');
  }
}

/** Waits for a word in the workspace and sends it by every way: the host writes it there when the launcher has been killed. */
const VOICE = `
  const { existsSync, readFileSync } = require('node:fs');
  const { connect } = require('node:net');
  const [path, way] = process.argv.slice(1);
  const { host, port, line } = JSON.parse(way);
  const send = (word) => {
    const socket = connect({ host, port }, () => socket.write(line.replace('WORD', word)));
    socket.on('error', () => undefined).on('data', () => socket.destroy());
  };
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(name, () => undefined);
  let beats = 0;
  setInterval(() => {
    if ((beats += 1) > 600) process.exit();
    if (existsSync(path)) send(readFileSync(path, 'utf8').trim());
  }, 100);
`;

function voice(t, id) {
  const [line, headers] = allowedRequest(t, 'WORD');
  const way = { ...proxy(), line: [line].concat(headers, 'Connection: close', '', '').join('\r\n') };
  const args = ['-e', VOICE, join(t.workDir, id), JSON.stringify(way)];
  spawn(process.execPath, args, { detached: true, stdio: 'ignore' }).unref();
}

/** Places that could be the next bottle's too. Of the workspace one that `apply` never brings back: what it does is the next one's by right. */
const PLACES = () => [
  '/tmp',
  '/var/tmp',
  '/dev/shm',
  '/run',
  homedir(),
  join(homedir(), '.cache'),
  '/work/node_modules',
];

function plantEverywhere(name, text) {
  const planted = PLACES().filter((place) => {
    try {
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, name), text);
      return true;
    } catch {
      return false; // not for this user
    }
  });
  if (planted.length === 0) throw new Error('no place could be written');
}

async function findAndCarry(t, name) {
  const found = PLACES().flatMap((place) => {
    try {
      return [readFileSync(join(place, name), 'utf8')];
    } catch {
      return [];
    }
  });
  if (found.length === 0) throw new Error('nothing was there');
  await all(found.map((word) => carryHome(t, word)));
}

/** In the first bottle it is left, in the next one looked for. */
async function inheritance(t, nonce) {
  if (t.isNext) await findAndCarry(t, `left-${nonce}`);
  else plantEverywhere(`left-${nonce}`, nonce);
}

async function ownInheritance(t, nonce) {
  const name = `own-${randomUUID()}`;
  plantEverywhere(name, nonce);
  await findAndCarry(t, name);
}

/** By every way there may be; those that are open need no gateway. */
async function byAnyWay(t, nonce) {
  const firsts = interfaces().flatMap(({ first }) => first ?? []);
  const hosts = [...new Set([...t.addresses.ip4, ...firsts])];
  await all([
    carryHome(t, nonce),
    datagram('udp4', { port: 53, address: proxy().host }, question(`${nonce}.${t.names.asked}`)),
    ...hosts.map((host) => sendTo({ host, port: t.port }, nonce)),
    ...hosts.map((address) => datagram('udp4', { port: t.port, address }, nonce)),
  ]);
}

/** Deeper than PATH_MAX: made from inside, a step at a time. */
function makeDeep(dir) {
  const name = 'd'.repeat(200);
  const before = process.cwd();
  process.chdir(dir);
  for (let depth = 0; depth < 30; depth += 1) {
    mkdirSync(name);
    process.chdir(name);
  }
  process.chdir(before);
}

/** Folders that are hard to remove: that may not be entered, too deep for a path, with names that are not text. */
function stubborn(t, nonce) {
  const home = process.getuid() === 0 ? [] : [homedir()]; // it is the agent's
  for (const place of [t.workDir, ...home]) {
    const dir = join(place, `stubborn-${nonce}`);
    mkdirSync(dir, { recursive: true });
    makeDeep(dir);
    const raw = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0x0a, 0xfe])]);
    mkdirSync(raw);
    writeFileSync(Buffer.concat([raw, Buffer.from('/x')]), nonce);
    mkdirSync(join(dir, 'closed/in'), { recursive: true });
    writeFileSync(join(dir, 'closed/in/file'), nonce);
    for (const closed of ['closed/in', 'closed']) chmodSync(join(dir, closed), 0);
  }
}

export const LIFE = {
  'life-daemon': { attack: daemon, control: ownDaemon },
  'life-launcher-killed': {
    attack: async (t) => voice(t, 'word'),
    control: async (t) => voice(t, 'honest-word'),
  },
  'life-gateway-killed': { attack: byAnyWay, control: byAnyWay },
  'life-inheritance': { attack: inheritance, control: ownInheritance },
  'life-stubborn': {
    attack: async (t, nonce) => stubborn(t, nonce),
    control: async (t, nonce) => stubborn(t, nonce),
  },
};
