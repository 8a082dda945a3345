import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Listener } from './beyond-listener.ts';
import { makeNonce } from '../nonce.ts';

/** The control for silence beyond this host: the listener must hear what this host itself sends by TCP and UDP. */

/**
 * The two ends of a test message. Binding to an address of the link ensures that nothing is sent after the link is
 * gone.
 */
export interface Ends {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/** Pauses before each check, in milliseconds: on a busy host a message may be delayed or lost. */
const PAUSES_MS = [0, 100, 500];
const CONNECT_DEADLINE_MS = 1_000;

/** Returns whether the listener hears both TCP and UDP. Sends again, and checks again, if it does not. */
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

/** Ignores errors: only the listener can tell whether the message came. */
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
