import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { findNonces, makeNonce } from '../../src/verify/arena/nonce.ts';
import { spawnProgram } from '../../src/host/run.ts';

/** A packet capture on every interface of the host: what was on the wire, whoever was meant to hear it. */
export interface Capture {
  /** The nonces that were in any packet, with the packet's line. Ends the capture. */
  end(): Promise<ReadonlyMap<string, string>>;
}

/** Names are asked for here only, and pings go nowhere else; the networks that are inside of bottles are left out. */
const FILTER = '(port 53 or port 5353 or port 5355 or port 853 or icmp or icmp6) and not net 198.18.0.0/15';
const ARGUMENTS = ['-i', 'any', '--immediate-mode', '-l', '-n', '-A', '-s', '0'];
const CONTROL_DEADLINE_MS = 10_000;

/**
 * Starts tcpdump(8) and waits until it has seen a packet of ours, so that seeing nothing means something.
 * @throws Error when it does not see it, or is not there
 */
export async function startCapture(address: string): Promise<Capture> {
  const child = spawnProgram('tcpdump', [...ARGUMENTS, FILTER], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout?.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  child.stderr?.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  const ended = once(child, 'close');
  const seen = async (nonce: string): Promise<boolean> => {
    const until = Date.now() + CONTROL_DEADLINE_MS;
    while (!text.includes(nonce) && Date.now() < until) {
      await askNobody(address, nonce);
      await sleep(100);
    }
    return text.includes(nonce);
  };
  if (!(await seen(makeNonce()))) throw new Error(`tcpdump does not see a packet of ours: ${text}`);
  return {
    end: async () => {
      const last = makeNonce();
      const complete = await seen(last);
      child.kill('SIGTERM');
      await ended;
      if (!complete) throw new Error('tcpdump stopped seeing packets');
      const lines = text.split('\n');
      return new Map(lines.flatMap((line) => findNonces(line).map((nonce) => [nonce, line] as const)));
    },
  };
}

/** A datagram to port 53 of an own address, where nobody listens or nobody minds. */
async function askNobody(address: string, nonce: string): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.send(nonce, 53, address, () => resolve()));
  socket.close();
}
