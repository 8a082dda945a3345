import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Passage } from '../../gate.ts';
import type { Outbound, Sent } from '../exchange.ts';
import { Connection } from '../h2/connection.ts';
import { StreamBroken } from '../h2/faults.ts';
import { poolKey } from './h1.ts';
import { sendOver2 } from './h2.ts';

/** Connections of HTTP/2 that are kept, and used again for the same host, port and route. */

/** Hosts of which is known what they speak. */
const MAX_KNOWN = 500;
const IDLE_MS = 30_000;
/** Of one host: what does not fit on them waits. */
const MAX_CONNECTIONS = 8;

export interface Sessions {
  /** Undefined where the host does not speak HTTP/2. @throws Error when it cannot be reached, or the head not be written */
  send(outbound: Outbound, passage: Passage): Promise<Sent | undefined>;
  dropIdle(): void;
  close(): void;
}

type Dial = (passage: Passage) => Promise<TLSSocket>;

/** What is known of one host, port and route. */
interface Place {
  /** It has chosen HTTP/1.1. */
  isOld: boolean;
  /** Those that take requests. */
  connections: Connection[];
  opening: Promise<void> | undefined;
  /** Requests for which there is no room. */
  readonly waiting: (() => void)[];
}

/** Makes connections as they are needed, one for each place at first. */
export function createSessions(dial: Dial): Sessions {
  const places = new Map<string, Place>();
  const live = new Set<Connection>();

  const open = async (place: Place, passage: Passage): Promise<void> => {
    const secure = await dial(passage);
    if (secure.alpnProtocol !== 'h2') {
      secure.destroy();
      place.isOld = true;
      return;
    }
    const connection = connectionOf(secure, place);
    live.add(connection);
    secure.once('close', () => live.delete(connection));
  };

  /** Waits for a connection that has room, and has taken it before anybody else looks. */
  const attempt = async (outbound: Outbound, passage: Passage): Promise<Sent | undefined> => {
    const place = placeOf(places, poolKey(passage));
    for (;;) {
      if (place.isOld) return undefined;
      const connection = place.connections.find(({ hasRoom }) => hasRoom);
      if (connection !== undefined) return sendOver2(connection, outbound);
      if (place.opening === undefined && place.connections.length < MAX_CONNECTIONS)
        place.opening = open(place, passage).finally(() => (place.opening = undefined));
      await (place.opening ?? new Promise<void>((resolve) => place.waiting.push(resolve)));
    }
  };

  const endAll = (end: (connection: Connection) => void): void => {
    places.clear();
    for (const connection of live) end(connection);
  };
  return {
    send: async (outbound, passage) => {
      const sent = await attempt(outbound, passage);
      const isOnce = sent === undefined || outbound.body instanceof Readable;
      return isOnce ? sent : withAnother(sent, async () => await attempt(outbound, passage));
    },
    dropIdle: () => endAll((connection) => connection.leaveWhenDone()),
    close: () => endAll((connection) => connection.destroy()),
  };
}

function placeOf(places: Map<string, Place>, key: string): Place {
  const found = places.get(key);
  if (found !== undefined) return found;
  if (places.size >= MAX_KNOWN) places.clear();
  const place: Place = { isOld: false, connections: [], opening: undefined, waiting: [] };
  places.set(key, place);
  return place;
}

function connectionOf(secure: TLSSocket, place: Place): Connection {
  const connection: Connection = new Connection(
    secure,
    { isServer: false, idleMs: IDLE_MS, mostStreams: place.connections[0]?.mostStreams },
    {
      faulted: () => undefined, // its requests fail with the reason
      freed: () => place.waiting.shift()?.(),
      left: () => {
        place.connections = place.connections.filter((one) => one !== connection);
        // Each looks for itself what there is now.
        for (const goOn of place.waiting.splice(0)) goOn();
      },
    },
  );
  place.connections.push(connection);
  return connection;
}

/** The host may refuse a request before it has looked at it: once more then, whatever it is (RFC 9113, 8.7). */
function withAnother(first: Sent, attempt: () => Promise<Sent | undefined>): Sent {
  let [sent, isAbandoned] = [first, false];
  const again = async (error: unknown): Promise<Awaited<Sent['answered']>> => {
    const isUnprocessed = error instanceof StreamBroken && error.isUnprocessed;
    const second = isUnprocessed && !isAbandoned ? await attempt() : undefined;
    if (second === undefined) throw error;
    sent = second;
    if (isAbandoned) sent.abandon();
    return await sent.answered;
  };
  return {
    answered: first.answered.catch(again),
    traffic: () => sent.traffic(),
    abandon: () => {
      isAbandoned = true;
      sent.abandon();
    },
  };
}
