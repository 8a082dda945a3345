import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Listener } from './beyond-listener.ts';
import { makeNonce } from '../nonce.ts';

/** The control of all silence beyond this host: what this host itself sends there, by TCP and UDP, is heard. */

/** From where to where. What comes from an address of the link that leads there is not sent once that link is gone. */
export interface Ends {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/** Before each look: on a busy host what was sent may be under way, or lost. */
const PAUSES_MS = [0, 100, 500];
const CONNECT_DEADLINE_MS = 1_000;

/** Whether both are heard. Where they are not, they are sent again, and looked for again. */
export async function isHeard(listener: Pick<Listener, 'ask' | 'heard'>, ends: Ends): Promise<boolean> {
  const [byTcp, byUdp] = [makeNonce(), makeNonce()];
  for (const pauseMs of PAUSES_MS) {
    await Promise.all([sendByTcp(byTcp, ends), sendByUdp(byUdp, ends)]);
    await sleep(pauseMs);
    if (typeof (await listener.ask('')) === 'string') return false;
    if ([byTcp, byUdp].every((nonce) => listener.heard(nonce).length > 0)) return true;
  }
  return false;
}

/** Whatever it meets: whether it came is not for the sender to say. */
const sendByTcp = async (nonce: string, { from, to, port }: Ends): Promise<void> =>
  await new Promise((resolve) => {
    const connection = connect({ host: to, port, localAddress: from }, () => connection.end(nonce));
    connection.on('error', () => undefined).on('close', () => resolve());
    connection.setTimeout(CONNECT_DEADLINE_MS, () => connection.destroy()).resume();
  });

const sendByUdp = async (nonce: string, { from, to, port }: Ends): Promise<void> =>
  await new Promise((resolve) => {
    const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
    socket.on('error', () => socket.close()).on('close', () => resolve());
    socket.bind(0, from, () => socket.send(nonce, port, to, () => socket.close()));
  });
