import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as z from 'zod';
import { BottleError, AGAIN_OR_REPORT } from '../../../errors.ts';
import { assetPath } from '../../../host/paths.ts';
import { readLineAs, startLineProgram } from './line-program.ts';
import { makeNonce } from '../nonce.ts';
import type { Settled } from './settled.ts';

/**
 * Captures what crosses any interface of this host, and what this host accepts by any IP protocol, including what no
 * listener hears. A bottle's nonce on the wire got out, except on the bridge between an attacked bottle and its
 * gateway, which still has to judge it. What the host accepts from that bridge got out too.
 */
export interface Capture extends AsyncDisposable {
  /** Why it captures nothing; undefined if it does. */
  readonly missing: string | undefined;
  /** Marks the bridge of an attacked bottle: packets on it have not got out yet. */
  attacks(bridge: string): void;
  /** Returns the ways by which a nonce came, such as `a packet out of eth0, IP protocol 17 to 192.0.2.53`. */
  heard(nonce: string): readonly string[];
  /**
   * Waits until all earlier packets are read. @throws BottleError `verifyFailed` when the capture ended or gives no
   * count
   */
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

/** Parses a line of the program; undefined if it is no such line, whatever an interface is called. Pure. */
export const readLine = (text: string): Line | undefined => readLineAs(LINE, text);

const PORT_OF_NOBODY = 9;

/** Returns whether a packet was seen outside the network between a bottle and its gateway. Pure. */
export const isOut = ({ device, bridge }: Heard, inside: ReadonlySet<string>): boolean =>
  device === undefined || !(inside.has(device) || (bridge !== undefined && inside.has(bridge)));

const MOST_SHOWN = 4;

/** Lists what the host accepted first, because that is worse. Some datagrams are seen in thirty ways. */
function shortened(all: readonly Heard[]): readonly string[] {
  const ways = [...all].sort((a, b) => Number(a.device !== undefined) - Number(b.device !== undefined));
  const more = ways.length > MOST_SHOWN ? [`and in ${ways.length - MOST_SHOWN} ways more`] : [];
  return [...ways.slice(0, MOST_SHOWN).map(({ way }) => way), ...more];
}

/** Starts the capture, and checks that it works. @throws BottleError `verifyFailed` when it hears nothing */
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

/**
 * Returns the report of its count: all packets lost so far, less those lost before.
 * Pure. @throws BottleError `verifyFailed` when the answer is no count
 */
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

/** Stands in when capture is not possible; the listeners remain. */
const silent = (why: string): Capture => ({
  missing: why,
  attacks: () => undefined,
  heard: () => [],
  settle: async () => await Promise.resolve({ said: why, missed: `nothing was captured: ${why}` }),
  [Symbol.asyncDispose]: async () => await Promise.resolve(),
});

/** The control for the capture's silence: it must see a datagram to this host on the wire and as accepted. */
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
