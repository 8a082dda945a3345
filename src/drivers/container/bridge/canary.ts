import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../../errors.ts';

/**
 * Listens on the host while a container in the bottle's network sends datagrams: these are one-way, so only the
 * receiver can tell whether they arrive. Covers every address of the host, IPv4 and IPv6, broadcast and the all-hosts
 * groups.
 */

export interface Canary {
  readonly port: number;
  /** The text that a sender must send, so that no other datagram counts. */
  readonly token: string;
  /** Waits for datagrams in flight, and returns the addresses of the senders. */
  heard(): Promise<string[]>;
  close(): void;
}

const ON_ITS_WAY_MS = 150;

/** Opens the listeners and proves that they receive. @throws BottleError `rungUnavailable` when they do not */
export async function openCanary(): Promise<Canary> {
  const token = randomBytes(16).toString('hex');
  const v4 = createSocket({ type: 'udp4', reuseAddr: false });
  v4.bind(0, '0.0.0.0');
  await once(v4, 'listening');
  const { port } = v4.address();
  const v6 = await bindV6(port);
  const senders: string[] = [];
  for (const socket of [v4, v6]) {
    socket?.on('message', (message, from) => {
      if (message.toString().startsWith(token)) senders.push(from.address);
    });
  }
  const canary: Canary = {
    port,
    token,
    heard: async () => {
      await sleep(ON_ITS_WAY_MS);
      return senders.filter((address) => address !== '127.0.0.1');
    },
    close: () => {
      v4.close();
      v6?.close();
    },
  };
  await prove(canary, senders);
  return canary;
}

/** Undefined if the host has no IPv6. */
async function bindV6(port: number): Promise<Socket | undefined> {
  const socket = createSocket({ type: 'udp6', ipv6Only: true });
  socket.bind(port, '::');
  try {
    await once(socket, 'listening');
    return socket;
  } catch {
    socket.close();
    return undefined;
  }
}

async function prove(canary: Canary, senders: readonly string[]): Promise<void> {
  const mouth = createSocket('udp4');
  mouth.send(canary.token, canary.port, '127.0.0.1');
  const deadline = Date.now() + 2_000;
  while (senders.length === 0 && Date.now() < deadline) await sleep(2);
  mouth.close();
  if (senders.length > 0) return;
  canary.close();
  throw new BottleError('rungUnavailable', 'the host’s listener for the launch checks receives nothing', {
    fix: 'look for a filter (sudo nft list ruleset) that keeps UDP from 127.0.0.1',
  });
}
