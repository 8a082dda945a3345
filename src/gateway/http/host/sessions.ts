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
/** Requests for one host that wait for room. */
const MAX_WAITING = 1_000;

export interface Sessions {
  /** Undefined where the host does not speak HTTP/2. @throws Error when it cannot be reached, or the head not be written */
  send(outbound: Outbound, wish: Wish): Promise<Sent | undefined>;
  dropIdle(): void;
  close(): void;
}

/** Who asks. */
export interface Wish {
  readonly passage: Passage;
  /** Whether anybody still waits for the answer. */
  readonly isWanted: () => boolean;
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
export function createSessions(dial: Dial, hostSilenceMs: number): Sessions {
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
  const attempt = async (outbound: Outbound, wish: Wish): Promise<Sent | undefined> => {
    const { passage } = wish;
    const place = placeOf(places, poolKey(passage));
    const deadlineMs = Date.now() + hostSilenceMs;
    for (;;) {
      mustStillGo(wish);
      if (place.isOld) return undefined;
      const connection = place.connections.find(({ hasRoom }) => hasRoom);
      if (connection !== undefined) return sendOver2(connection, outbound);
      if (place.opening === undefined && place.connections.length < MAX_CONNECTIONS)
        place.opening = open(place, passage).finally(() => (place.opening = undefined));
      await (place.opening ?? roomIn(place, deadlineMs));
    }
  };

  const endAll = (end: (connection: Connection) => void): void => {
    places.clear();
    for (const connection of live) end(connection);
  };
  return {
    send: async (outbound, wish) => {
      const sent = await attempt(outbound, wish);
      const isOnce = sent === undefined || outbound.body instanceof Readable;
      return isOnce ? sent : withAnother(sent, async () => await attempt(outbound, wish));
    },
    dropIdle: () => endAll((connection) => connection.leaveWhenDone()),
    close: () => endAll((connection) => connection.destroy()),
  };
}

/** Much may have happened while it waited. @throws Error that says what */
function mustStillGo({ passage, isWanted }: Wish): void {
  const reason = passage.stand.revoked();
  if (reason !== undefined) throw new Error(reason);
  if (!isWanted()) throw new Error('the client left');
}

/** Settles when it is worth another look. @throws Error when it takes too long, or too many wait */
async function roomIn({ waiting }: Place, deadlineMs: number): Promise<void> {
  if (waiting.length >= MAX_WAITING) throw new Error('the host takes no more requests, and too many wait');
  await new Promise<void>((resolve, reject) => {
    const goOn = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const expire = (): void => {
      waiting.splice(waiting.indexOf(goOn), 1);
      reject(new Error('the host has had no room for the request all the time'));
    };
    const timer = setTimeout(expire, deadlineMs - Date.now());
    waiting.push(goOn);
  });
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
