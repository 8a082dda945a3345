import { spawn, type ChildProcess, execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Targets } from '../../arena/targets.ts';
import {
  ofAllProcesses,
  carryFound,
  DEADLINE_MS,
  NOTHING_THERE,
  PERL_OPTIONS,
  whyNotFound,
} from '../../guest/processes.ts';
import {
  all,
  allowedRequest,
  carryHome,
  datagram,
  NOT_MADE,
  proxy,
  question,
  sendTo,
  guestProgram,
} from '../../guest/wire.ts';
import { startDelayedSender, WORD } from '../../guest/delayed-sender.ts';
import { inCorner, toldPath } from '../../guest/work.ts';
import { FORMERLY_ALLOWED } from './formerly.ts';
import type { Attempt, Probe } from '../probe.ts';
import { DNS_PORT, hosts4 } from '../ways/aims.ts';
import { promisify } from 'node:util';

/** Attempts around the end of a bottle, and what it may leave. */

/**
 * Messages and shared memory between processes, which no folder or process contains: the next process that uses the
 * same key gets them.
 */

/** Returns the key of queues and segments, a number of 31 bits. */
const keyOf = (nonce: string): string => String(Number.parseInt(nonce.slice(-7), 16));

const byPerl = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('perl', [guestProgram('ipc.pl'), ...args], PERL_OPTIONS)).stdout;

/** Leaves words. @throws Error `NOT_MADE` when that fails: nobody finds words that were not left */
const leaveWords = async (nonce: string): Promise<unknown> =>
  await byPerl('leave', keyOf(nonce), nonce).catch((cause: unknown) => {
    throw new Error(NOT_MADE, { cause });
  });

/** Returns the words found, and removes them. @throws Error when there are none; `NOT_MADE` when the search failed */
async function find(nonce: string): Promise<readonly string[]> {
  const found = await byPerl('find', keyOf(nonce)).catch((error: unknown) => {
    throw whyNotFound(error);
  });
  return found.trim().split('\n');
}

const IPC: readonly Probe[] = [
  {
    family: 'life',
    id: 'life-ipc',
    when: 'inTwoParts',
    claim: 'No message and no shared memory of a bottle is in the next one, under the same key.',
    attack: 'leave messages and shared memory to the next bottle',
    oracle: { kind: 'end', sees: 'heard' },
    control: 'canary',
    breach: 'speaks to the next agent, and to programs of the host',
    source: 'sysvipc(7), ipc_namespaces(7): they outlive the process that made them',
    run: {
      deadlineMs: DEADLINE_MS,
      // The first bottle leaves it; the next one searches for it.
      attack: async (t, nonce) => {
        if (!t.isNext) return void (await leaveWords(nonce));
        await carryFound(t, await find(nonce));
      },
      control: async (t, nonce) => {
        await leaveWords(nonce);
        await carryFound(t, await find(nonce));
      },
    },
  },
];

/**
 * Starts a detached process without environment or terminal that ignores the signals it can ignore; it ends after a
 * minute at most.
 */
function outlive(nonce: string): ChildProcess {
  const wait = 'n=0; while [ $n -lt 60 ]; do n=$((n+1)); sleep 1; done';
  const child = spawn('sh', ['-c', `trap '' TERM HUP INT QUIT PIPE; ${wait}`, nonce], {
    env: { PATH: process.env['PATH'] },
    stdio: 'ignore',
    detached: true,
  });
  child.unref();
  return child;
}

const MOST_LOOKS = 50;

/**
 * Waits until the process is visible. @throws Error `NOT_MADE` when it is not: a process that does not run cannot
 * outlive the bottle
 */
async function expectSeen(nonce: string): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    if (ofAllProcesses('cmdline').includes(nonce)) return;
    await sleep(100);
  }
  throw new Error(NOT_MADE);
}

function voice(t: Targets, nonce: string): void {
  const [line, headers] = allowedRequest(t, WORD);
  startDelayedSender(toldPath(nonce), {
    ...proxy(),
    text: [line].concat(headers, 'Connection: close', '', '').join('\r\n'),
  });
}

/** Tries every possible way: a way that is open needs no gateway. */
const byAnyWay: Attempt = (t, nonce) => {
  const hosts = [...new Set(hosts4(t))];
  return all([
    carryHome(t, nonce),
    datagram('udp4', { port: DNS_PORT, address: proxy().host }, question(`${nonce}.${t.names.asked}`)),
    ...hosts.map((host) => sendTo({ host, port: t.port }, nonce)),
    ...hosts.map((address) => datagram('udp4', { port: t.port, address }, nonce)),
  ]);
};

/**
 * Folders that the next bottle might share. In the workspace, only one that `apply` never brings back: the next bottle
 * may see what it does.
 */
const places = (): string[] => [
  '/tmp',
  '/var/tmp',
  '/dev/shm',
  '/run',
  homedir(),
  join(homedir(), '.cache'),
  '/work/node_modules',
];

function plantEverywhere(name: string, text: string): void {
  const planted = places().filter((place) => {
    try {
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, name), text);
      return true;
    } catch {
      return false; // not writable for this user
    }
  });
  if (planted.length === 0) throw new Error(NOT_MADE); // nobody finds files that were not left
}

async function findAndCarry(t: Targets, name: string): Promise<void> {
  const found = places().flatMap((place) => {
    try {
      return [readFileSync(join(place, name), 'utf8')];
    } catch {
      return [];
    }
  });
  if (found.length === 0) throw new Error(NOTHING_THERE);
  await carryFound(t, found);
}

/** Creates folders deeper than PATH_MAX, one level at a time from inside. */
function makeDeep(dir: string): void {
  const name = 'd'.repeat(200);
  const before = process.cwd();
  process.chdir(dir);
  for (let depth = 0; depth < 30; depth += 1) {
    mkdirSync(name);
    process.chdir(name);
  }
  process.chdir(before);
}

/** Leaves folders that are hard to remove: without access rights, too deep for a path, with names that are not text. */
const stubborn: Attempt = (t, nonce) => {
  const home = process.getuid?.() === 0 ? [] : [homedir()]; // the home is the agent's
  for (const place of [inCorner(t, '.'), ...home]) {
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
};

const end = {
  family: 'life',
  control: 'canary',
  source: 'what outlives its owner: test/e2e/life/kill.test.ts',
} as const;

export const LIFE: readonly Probe[] = [
  {
    ...end,
    id: 'life-gateway-killed',
    when: 'gatewayKilled',
    claim: 'Nothing gets out once the gateway has been killed.',
    attack: 'go out when the gateway has been killed',
    oracle: { kind: 'end', sees: 'heard' },
    breach: 'goes out unjudged',
    source: 'a way out that is left when its guard is gone: test/e2e/life/gateway-lost.test.ts',
    run: { meetsSilence: true, attack: byAnyWay, control: byAnyWay },
  },
  {
    ...end,
    id: 'life-launcher-killed',
    when: 'launcherKilled',
    claim: 'Nothing gets out from a second after the launcher has been killed.',
    attack: 'go out when the launcher has been killed',
    oracle: { kind: 'end', sees: 'heard' },
    breach: 'works on unwatched',
    run: { attack: voice, control: voice },
  },
  {
    ...end,
    id: 'life-daemon',
    when: 'inNext',
    claim: 'No process of a bottle outlives it.',
    attack: 'outlive the bottle by a process',
    oracle: { kind: 'end', sees: 'process' },
    control: 'said',
    breach: 'works on unwatched',
    run: {
      attack: (_t, nonce) => {
        outlive(nonce);
        return expectSeen(nonce);
      },
      // The same process, killed by the probe.
      control: async (_t, nonce) => {
        const child = outlive(nonce);
        try {
          await expectSeen(nonce);
        } finally {
          child.kill('SIGKILL');
        }
      },
    },
  },
  {
    ...end,
    id: 'life-inheritance',
    when: 'inTwoParts',
    claim: 'Nothing that a bottle wrote is in the next one.',
    attack: 'leave files to the next bottle',
    oracle: { kind: 'end', sees: 'heard' },
    breach: 'reaches the next agent, and its secrets',
    run: {
      deadlineMs: DEADLINE_MS,
      // The first bottle leaves it; the next one searches for it.
      attack: async (t, nonce) => {
        if (t.isNext) await findAndCarry(t, `left-${nonce}`);
        else plantEverywhere(`left-${nonce}`, nonce);
      },
      control: async (t, nonce) => {
        const name = `own-${randomUUID()}`;
        plantEverywhere(name, nonce);
        await findAndCarry(t, name);
      },
    },
  },
  ...IPC,
  ...FORMERLY_ALLOWED,
  {
    ...end,
    id: 'life-stubborn',
    when: 'inNext',
    claim: 'Nothing of a bottle is there after its removal: files, containers, networks, mounts.',
    attack: 'leave files that are hard to remove',
    oracle: { kind: 'end', sees: 'left' },
    control: 'said',
    breach: 'fills the disk, and leaves what others come upon',
    run: { attack: stubborn, control: stubborn },
  },
];
