import type { ClientHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Passage } from '../../gate.ts';
import type { Outbound, Sent } from '../exchange.ts';
import { poolKey } from './h1.ts';
import { openSession, sendOver2 } from './h2.ts';

/** Sessions of HTTP/2 that are kept, and used again for the same host, port and route. */

/** Hosts of which is known what they speak. */
const MAX_KNOWN = 500;

export interface Sessions {
  /** On a session to the host of this passage; undefined where it does not speak HTTP/2. @throws Error when it cannot be reached */
  send(outbound: Outbound, passage: Passage): Promise<Sent | undefined>;
  dropIdle(): void;
  close(): void;
}

/** Makes them over these connections, one for each place and way. */
export function createSessions(dial: (passage: Passage) => Promise<TLSSocket>): Sessions {
  const known = new Map<string, Promise<ClientHttp2Session | undefined>>();
  const live = new Set<ClientHttp2Session>();
  const open = async (passage: Passage): Promise<ClientHttp2Session | undefined> => {
    const secure = await dial(passage);
    if (secure.alpnProtocol !== 'h2') {
      secure.destroy();
      return undefined;
    }
    const session = openSession(secure, passage);
    live.add(session);
    session.once('close', () => live.delete(session));
    return session;
  };
  const find = async (passage: Passage): Promise<ClientHttp2Session | undefined> => {
    const key = poolKey(passage);
    const found = await known.get(key);
    if (found !== undefined && (found.closed || found.destroyed)) known.delete(key);
    const before = known.get(key);
    if (before !== undefined) return await before;
    if (known.size >= MAX_KNOWN) known.clear();
    const opening = open(passage);
    known.set(key, opening);
    const forget = (): void => {
      if (known.get(key) === opening) known.delete(key);
    };
    opening.then((session) => session?.once('close', forget).once('goaway', forget), forget);
    return await opening;
  };
  const endAll = (end: (session: ClientHttp2Session) => void): void => {
    known.clear();
    for (const session of live) end(session);
  };
  const send: Sessions['send'] = async (outbound, passage) => {
    const session = await find(passage);
    return session === undefined ? undefined : sendOver2(session, outbound);
  };
  return {
    send,
    dropIdle: () => endAll((session) => session.close()),
    close: () => endAll((session) => session.destroy()),
  };
}
