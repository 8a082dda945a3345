import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { BottleError, linesOf } from '../../errors.ts';
import { assetPath } from '../../host/paths.ts';
import { spawnProgram } from '../../host/run.ts';
import { DNS_PORT, WEB_PORTS } from '../probes/ways/aims.ts';
import { openEars } from './ears.ts';
import { makeNonce } from './nonce.ts';
import { leadBeyond, type WayBeyond } from './way-beyond.ts';

/**
 * Listeners, a DNS server among them, beyond this host: in a network of their own, to which this host has a route and is the
 * router. What a bottle sends away from here, past its gateway, comes to them, and leaves this machine in no case.
 */
export interface Beyond extends AsyncDisposable {
  /** Why nobody is there; undefined where somebody is. */
  readonly missing: string | undefined;
  readonly at: BeyondAddresses | undefined;
  /** By TCP and UDP. @throws BottleError `verifyFailed` when it cannot, or listens no more */
  listenOn(port: number): Promise<void>;
  /** The ways by which a nonce came. */
  heard(nonce: string): readonly string[];
  /** Waits until all that came before was looked at. */
  settle(): Promise<Settled>;
}

export interface BeyondAddresses {
  readonly ip4: string;
  readonly ip6?: string;
}

interface Settled {
  /** Who listens where and heard how much, or why nobody does, in words. */
  readonly said: string;
  /** Why what was not heard may have come all the same; undefined: it did not. */
  readonly missed: string | undefined;
}

const LINE = z.union([
  z.object({ ready: z.literal(1) }),
  z.object({ listens: z.number() }),
  z.object({ looked: z.number() }),
  z.object({ word: z.string(), way: z.string() }),
]);
type Line = z.infer<typeof LINE>;

const PATIENCE_MS = 30_000;
/** It ends with its input, or is ended. */
const END_DEADLINE_MS = 5_000;
const LONGEST_COMPLAINT = 2_000;

/** A program that listens, and answers each line with one. */
interface Listener extends AsyncDisposable {
  readonly pid: number;
  readonly heard: (nonce: string) => readonly string[];
  /** The next answer; why there is none, in words. */
  next(): Promise<Line | string>;
  ask(text: string): Promise<Line | string>;
}

/** Makes that network, and makes sure that it hears this host; where it cannot be had, it says why. */
export async function openBeyond(): Promise<Beyond> {
  const listener = startListener();
  let way: WayBeyond | undefined;
  const end = async (): Promise<void> => {
    await way?.remove();
    await listener[Symbol.asyncDispose]();
  };
  try {
    const first = await listener.next();
    if (typeof first === 'string') throw new Error(first);
    way = await leadBeyond(listener.pid);
    for (const port of [DNS_PORT, ...WEB_PORTS]) await listenOn(listener, port);
    if (!(await hears(listener, way.range.beyond4))) throw new Error('nothing from this host is heard there');
    const hasIp6 = way.hasIp6 && (await hears(listener, way.range.beyond6));
    const at = { ip4: way.range.beyond4, ...(hasIp6 ? { ip6: way.range.beyond6 } : {}) };
    return listening(listener, at, end);
  } catch (error) {
    await end().catch(() => undefined); // it ends with this process
    return nobody(whyOf(linesOf(error).join('; ')));
  }
}

const listening = (listener: Listener, at: BeyondAddresses, end: () => Promise<void>): Beyond => ({
  missing: undefined,
  at,
  listenOn: async (port) => await listenOn(listener, port),
  heard: listener.heard,
  settle: async () => settledAt(at, await listener.ask('')),
  [Symbol.asyncDispose]: end,
});

/** What its count says. Pure. */
export function settledAt(at: BeyondAddresses, answer: Line | string): Settled {
  if (typeof answer === 'string' || !('looked' in answer)) {
    const why = `the listeners beyond this host ended: ${typeof answer === 'string' ? answer : JSON.stringify(answer)}`;
    return { said: why, missed: why };
  }
  const addresses = [at.ip4, at.ip6].filter((address) => address !== undefined).join(' and ');
  return {
    said: `listeners and a DNS server in a network of their own at ${addresses}: ${answer.looked} messages looked at`,
    missed: undefined,
  };
}

/** In words for the report. Pure. */
export const whyOf = (complaint: string): string =>
  complaint.includes('not permitted')
    ? 'not possible as an ordinary user (no CAP_SYS_ADMIN, CAP_NET_ADMIN)'
    : `not possible: ${complaint.slice(-LONGEST_COMPLAINT)}`;

async function listenOn(listener: Listener, port: number): Promise<void> {
  const answer = await listener.ask(String(port));
  if (typeof answer !== 'string' && 'listens' in answer) return;
  throw new BottleError('verifyFailed', `nobody listens on port ${port} beyond this host`, {
    details: [typeof answer === 'string' ? answer : JSON.stringify(answer)],
  });
}

/** There are still the listeners of this host. */
const nobody = (why: string): Beyond => ({
  missing: why,
  at: undefined,
  listenOn: async () => await Promise.resolve(),
  heard: () => [],
  settle: async () => await Promise.resolve({ said: why, missed: why }),
  [Symbol.asyncDispose]: async () => await Promise.resolve(),
});

/** The control of all its silence: what this host itself sends there is heard, by TCP and UDP. */
async function hears(listener: Listener, address: string): Promise<boolean> {
  const [byTcp, byUdp] = [makeNonce(), makeNonce()];
  const connection = connect(DNS_PORT, address, () => connection.end(byTcp));
  connection.on('error', () => undefined).setTimeout(END_DEADLINE_MS, () => connection.destroy());
  connection.resume();
  await once(connection, 'close');
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.send(byUdp, DNS_PORT, address, () => socket.close());
  await once(socket, 'close');
  await listener.ask('');
  return [byTcp, byUdp].every((nonce) => listener.heard(nonce).length > 0);
}

function startListener(): Listener {
  const child = spawnProgram('unshare', ['--net', 'perl', assetPath('arena/beyond.pl')], { stdio: 'pipe' });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('pipes were asked for');
  stdin.on('error', () => undefined); // it has ended, which is seen by its silence
  let complaint = '';
  stderr.on(
    'data',
    (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-LONGEST_COMPLAINT)),
  );
  const ended = new Promise<string>((resolve) => {
    child.on('error', () => resolve('no unshare(1) here'));
    child.on('close', () => resolve(complaint.trim() || 'it said nothing'));
  });
  const ears = openEars();
  const answers: ((line: Line) => void)[] = [];
  createInterface(stdout).on('line', (text) => {
    const line = LINE.parse(JSON.parse(text));
    if ('word' in line) ears.begin(line.way)(line.word);
    else answers.shift()?.(line);
  });
  const next = async (): Promise<Line | string> =>
    await Promise.race([
      new Promise<Line>((resolve) => answers.push(resolve)),
      ended,
      sleep(PATIENCE_MS, 'no answer', { ref: false }),
    ]);
  return {
    pid: child.pid ?? 0,
    heard: ears.heard,
    next,
    ask: async (text) => {
      const answer = next();
      stdin.write(`${text}\n`);
      return await answer;
    },
    [Symbol.asyncDispose]: async () => {
      stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), END_DEADLINE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
