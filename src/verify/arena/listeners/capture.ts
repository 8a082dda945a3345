import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as z from 'zod';
import { BottleError, AGAIN_OR_REPORT } from '../../../errors.ts';
import { assetPath } from '../../../host/paths.ts';
import { readLineAs, startLineProgram } from './line-program.ts';
import { makeNonce } from '../nonce.ts';
import type { Settled } from './settled.ts';

/**
 * Hears what goes over any interface of this host, and what this host takes in by any IP protocol: what no listener hears.
 * A bottle's word on the wire is one that got out, but for the bridge between a bottle under attack and its gateway, where
 * it is on its way to be judged. What the host takes in from there got out all the same.
 */
export interface Capture extends AsyncDisposable {
  /** Why it hears nothing; undefined where it does. */
  readonly missing: string | undefined;
  /** The bridge of a bottle that is under attack: what is on it is not out yet. */
  attacks(bridge: string): void;
  /** The ways by which a nonce came, such as `a packet out of eth0, IP protocol 17 to 192.0.2.53`. */
  heard(nonce: string): readonly string[];
  /** Waits until all that came before was looked at. @throws BottleError when it listens no more, or cannot be read */
  settle(): Promise<Settled>;
}

const LINE = z.union([
  z.object({ ready: z.literal(1) }),
  z.object({
    word: z.string(),
    way: z.string(),
    device: z.string().optional(),
    bridge: z.string().optional(),
  }),
  z.object({ looked: z.number(), lost: z.number() }),
]);
type Line = z.infer<typeof LINE>;
export type Heard = Extract<Line, { readonly word: string }>;

/** A line of its own; undefined: it is none, whatever an interface is called. Pure. */
export const readLine = (text: string): Line | undefined => readLineAs(LINE, text);

const PORT_OF_NOBODY = 9;

/** Whether what was heard had left the place where a bottle and its gateway talk. Pure. */
export const isOut = ({ device, bridge }: Heard, inside: ReadonlySet<string>): boolean =>
  device === undefined || !(inside.has(device) || (bridge !== undefined && inside.has(bridge)));

const MOST_SHOWN = 4;

/** What the host took in first: it is the worse. Some datagrams are seen in thirty ways. */
function shortened(all: readonly Heard[]): readonly string[] {
  const ways = [...all].sort((a, b) => Number(a.device !== undefined) - Number(b.device !== undefined));
  const more = ways.length > MOST_SHOWN ? [`and in ${ways.length - MOST_SHOWN} ways more`] : [];
  return [...ways.slice(0, MOST_SHOWN).map(({ way }) => way), ...more];
}

/** Begins to listen, and makes sure that it hears. @throws BottleError `verifyFailed` when it is deaf */
export async function openCapture(): Promise<Capture> {
  const [heard, inside] = [new Map<string, Heard[]>(), new Set<string>()];
  const program = startLineProgram({
    argv: ['perl', assetPath('arena/capture.pl')],
    schema: LINE,
    hear: (line) => {
      if (!('word' in line)) return false;
      heard.set(line.word, [...(heard.get(line.word) ?? []), line]);
      return true;
    },
    whyEnded: whyOf,
    missing: 'no Perl here',
  });
  const first = await program.next();
  if (typeof first === 'string') {
    await program[Symbol.asyncDispose]();
    return silent(first);
  }
  let lostBefore = 0;
  const capture: Capture = {
    missing: undefined,
    attacks: (bridge) => void inside.add(bridge),
    heard: (nonce) => shortened((heard.get(nonce) ?? []).filter((one) => isOut(one, inside))),
    settle: async () => {
      const count = await program.ask('');
      const settled = settledAt(count, lostBefore);
      if (typeof count !== 'string' && 'lost' in count) lostBefore = count.lost;
      return settled;
    },
    [Symbol.asyncDispose]: program[Symbol.asyncDispose],
  };
  return await confirmed(capture);
}

/** What its count says, of all that it has lost so far and had before. Pure. @throws BottleError where it is none */
export function settledAt(answer: Line | string, lostBefore: number): Settled {
  if (typeof answer === 'string' || !('looked' in answer)) {
    throw new BottleError('verifyFailed', 'the packet capture ended before the attack did', {
      details: [typeof answer === 'string' ? answer : JSON.stringify(answer)],
      fix: AGAIN_OR_REPORT,
    });
  }
  const { looked, lost } = answer;
  const words = lost === 0 ? 'none was lost' : `${lost} were lost unseen`;
  return {
    said: `every interface and IP protocol of this host: ${looked} packets looked at, ${words}`,
    missed: lost === lostBefore ? undefined : `the capture lost ${lost - lostBefore} packets unseen`,
  };
}

const whyOf = (complaint: string): string =>
  complaint.includes('not permitted')
    ? 'not possible as an ordinary user (no CAP_NET_RAW)'
    : `not possible: ${complaint.trim().slice(-200)}`;

/** Without one there are still the listeners. */
const silent = (why: string): Capture => ({
  missing: why,
  attacks: () => undefined,
  heard: () => [],
  settle: async () => await Promise.resolve({ said: why, missed: `nothing was captured: ${why}` }),
  [Symbol.asyncDispose]: async () => await Promise.resolve(),
});

/** The control of all its silence: a datagram to this host itself must be seen on the wire, and taken in. */
async function confirmed(capture: Capture): Promise<Capture> {
  try {
    await confirm(capture);
    return capture;
  } catch (error) {
    await capture[Symbol.asyncDispose]();
    throw error;
  }
}

async function confirm(capture: Capture): Promise<void> {
  const nonce = makeNonce();
  const socket = createSocket('udp4');
  socket.send(nonce, PORT_OF_NOBODY, '127.0.0.1', () => socket.close());
  await once(socket, 'close');
  await capture.settle();
  const ways = capture.heard(nonce).join(', ');
  if (ways.includes('a packet into lo') && ways.includes('IP protocol 17, taken in')) return;
  throw new BottleError('verifyFailed', 'the packet capture does not hear this host itself', {
    details: [ways === '' ? 'it heard nothing' : ways],
    fix: 'look for a filter (sudo nft list ruleset) that keeps UDP from 127.0.0.1',
  });
}
