import { duplexPair, Readable, type Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import type { HttpRequest } from '../../message/exchange.ts';
import { Connection1 } from './h1.ts';
import type { Reply1 } from './reply1.ts';

/** A connection in memory, for tests. */

export interface Asked {
  readonly inbound: HttpRequest;
  readonly reply: Reply1;
}

export interface Scene {
  readonly client: Duplex;
  readonly server: Duplex;
  readonly connection: Connection1;
  readonly asked: Asked[];
  readonly malformed: string[];
  /** Bytes after the head of another protocol. */
  readonly left: string[];
  /** Returns everything that has come back. */
  readonly said: () => string;
  readonly send: (text: string) => Promise<void>;
  readonly isGone: () => boolean;
}

export const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 8; turns += 1) await turn();
};

/** Returns a client and the gateway's side of its connection. The test answers its requests. */
export function open(): Scene {
  const [client, server] = duplexPair();
  const scene = { asked: [] as Asked[], malformed: [] as string[], left: [] as string[] };
  let [said, isGone] = ['', false];
  client.on('data', (bytes: Buffer) => (said += bytes.toString('latin1'))).on('error', () => undefined);
  const handler = {
    request: (request: HttpRequest, reply: Reply1) => void scene.asked.push({ inbound: request, reply }),
    leaves: (...[, , rest]: [unknown, unknown, Buffer]) => void scene.left.push(rest.toString('latin1')),
    isLeaving: ({ method }: { method: string }) => method === 'CONNECT',
    malformed: (reason: string) => void scene.malformed.push(reason),
  };
  const connection = new Connection1(server, handler, () => (isGone = true));
  const send = async (text: string): Promise<void> => {
    client.write(Buffer.from(text, 'latin1'));
    await settle();
  };
  return { ...scene, client, server, connection, send, said: () => said, isGone: () => isGone };
}

export const OK = { status: 200, statusMessage: 'Fine', headers: [] };
export const GET = 'GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n';
export const KEPT = 'Connection: keep-alive\r\nKeep-Alive: timeout=60\r\n';

export const contentOf = async ({ inbound }: Asked): Promise<string> => {
  const { body } = inbound;
  return (body instanceof Readable ? await buffer(body) : Buffer.from(body ?? [])).toString('latin1');
};
