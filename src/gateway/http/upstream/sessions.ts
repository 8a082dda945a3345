import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { reasonOf } from '../../../errors.ts';
import type { Passage } from '../../gate/gate.ts';
import type { HttpRequest, Sent } from '../../message/exchange.ts';
import { Connection } from '../h2/connection.ts';
import { StreamBroken, type Repeatable } from '../h2/faults.ts';
import { poolKey } from './h1.ts';
import { sendOver2 } from './h2.ts';

/** Keeps HTTP/2 connections, and reuses them for the same host, port and route. */

/** Maximum of upstreams whose HTTP version is remembered. */
const MAX_KNOWN = 500;
const IDLE_MS = 30_000;
/**
 * Milliseconds of idleness, by the wall clock, after which this host must have slept: the upstream has closed the
 * connection long since.
 */
const STALE_MS = 90_000;
const SAFE_TO_REPEAT = new Set(['GET', 'HEAD', 'OPTIONS']);
/**
 * How long the gateway assumes that an upstream uses HTTP/1.1, in milliseconds. Then a handshake asks again, because
 * the upstream may have changed.
 */
const OLD_MS = 5 * 60_000;
/** Maximum of connections to one upstream. Further requests wait. */
const MAX_CONNECTIONS = 8;
/** Maximum of requests that wait for room at one upstream. */
const MAX_WAITING = 1_000;
/** Interval in milliseconds at which a waiting request checks whether it is still wanted. */
const LOOK_MS = 1_000;
const LEFT = 'the client left';

export interface Sessions {
  /**
   * Returns undefined where the upstream does not speak HTTP/2.
   * @throws Error when it is not reachable, or the head cannot be written
   */
  send(outbound: HttpRequest, origin: RequestOrigin): Promise<Sent | undefined>;
  /** Closes idle connections to upstreams now, and those in use when their request ends. */
  dropIdle(): void;
  close(): void;
}

/** The origin of a request. */
export interface RequestOrigin {
  readonly passage: Passage;
  /** Whether the client still waits for the answer. */
  readonly isWanted: () => boolean;
}

type Dial = (passage: Passage) => Promise<TLSSocket>;

/** Sends over HTTP/1.1. */
type SendOld = (outbound: HttpRequest, passage: Passage) => Sent;

/** The state of one host, port and route. */
interface Place {
  /** Until then, the place counts as HTTP/1.1, which it has chosen. */
  oldUntilMs: number;
  /** Connections that take requests. */
  connections: Connection[];
  opening: Opening | undefined;
  /** Requests without room. */
  readonly waiting: Waiter[];
}

/** A connection that is being made, for all requests that wait for it. */
interface Opening {
  /** The passage for which it is dialled. */
  readonly by: Passage;
  readonly done: Promise<void>;
}

/** A waiting request. The caller of `goOn` has removed it from the list. */
interface Waiter {
  readonly origin: RequestOrigin;
  /** Makes it look for room again. */
  readonly goOn: () => void;
  readonly giveUp: (why: Error) => void;
}

/** A sent request, and whether its connection has carried an earlier one. */
interface Attempt {
  readonly sent: Sent;
  readonly isLater: boolean;
}

/** Makes connections on demand, at first one for each place. */
export function createSessions(dial: Dial, upstreamSilenceMs: number, sendOld: SendOld): Sessions {
  const places = new Map<string, Place>();
  const live = new Set<Connection>();

  const open = async (place: Place, passage: Passage): Promise<void> => {
    const secure = await dial(passage);
    if (secure.alpnProtocol !== 'h2') {
      secure.destroy();
      place.oldUntilMs = performance.now() + OLD_MS;
      return;
    }
    const connection = connectionOf(secure, place);
    live.add(connection);
    secure.once('close', () => live.delete(connection));
  };

  /** Waits for a connection with room, and uses it before any other request can. */
  const attempt = async (outbound: HttpRequest, origin: RequestOrigin): Promise<Attempt | undefined> => {
    const { passage } = origin;
    const place = placeOf(places, poolKey(passage));
    const deadlineMs = performance.now() + upstreamSilenceMs;
    let wasCalled = false;
    for (;;) {
      try {
        mustStillGo(origin);
        if (performance.now() < place.oldUntilMs) return undefined;
        const connection = place.connections.find((one) => one.hasRoom && !endsAsStale(one));
        if (connection !== undefined)
          return { sent: sendOver2(connection, outbound), isLater: freedAtMs.has(connection) };
      } catch (error) {
        // The room for which it was woken is still free, so this wakes the next one.
        if (wasCalled) place.waiting.shift()?.goOn();
        throw error;
      }
      if (place.opening === undefined && place.connections.length < MAX_CONNECTIONS) {
        const done = open(place, passage).finally(() => (place.opening = undefined));
        place.opening = { by: passage, done };
      }
      wasCalled = place.opening === undefined;
      await (place.opening === undefined
        ? roomIn(place, origin, deadlineMs)
        : opened(place.opening, passage));
    }
  };

  const endAll = (end: (connection: Connection) => void): void => {
    places.clear();
    for (const connection of live) end(connection);
  };
  return {
    send: async (outbound, origin) => {
      const first = await attempt(outbound, origin);
      if (first === undefined) return undefined;
      return withAnother(first.sent, async (why) => {
        if (why === 'old') placeOf(places, poolKey(origin.passage)).oldUntilMs = performance.now() + OLD_MS;
        if (!mayGoAgain(why, outbound, first)) return undefined;
        return (await attempt(outbound, origin))?.sent ?? sendOld(outbound, origin.passage);
      });
    },
    dropIdle: () => endAll((connection) => connection.leaveWhenDone()),
    close: () => endAll((connection) => connection.destroy(new StreamBroken('the gateway ends'))),
  };
}

/** Checks the origin again after a wait. @throws Error with the reason */
function mustStillGo(origin: RequestOrigin): void {
  const why = whyNot(origin);
  if (why !== undefined) throw why;
}

function whyNot({ passage, isWanted }: RequestOrigin): Error | undefined {
  const reason = passage.revocation.revoked() ?? (isWanted() ? undefined : LEFT);
  return reason === undefined ? undefined : new Error(reason);
}

/**
 * Settles when there is another connection, or none for a reason that concerns only the request that dialled. Each
 * round costs the request that started it, so there are at most as many rounds as requests.
 * @throws Error when the upstream is not reachable, for all that wait; or for the asker that started it and may not go
 * on
 */
async function opened({ by, done }: Opening, asker: Passage): Promise<void> {
  try {
    await done;
  } catch (error) {
    // An error that is the dialler's revocation concerns only the dialler. Any other concerns the upstream, and fails
    // all that wait.
    const isRevocation = reasonOf(error) === by.revocation.revoked();
    if (by === asker || !isRevocation) throw error;
  }
}

/**
 * Settles when it may find room.
 * @throws Error after the deadline, when too many wait, or when the request is not wanted any more
 */
async function roomIn({ waiting }: Place, origin: RequestOrigin, deadlineMs: number): Promise<void> {
  if (waiting.length >= MAX_WAITING) dismissGone(waiting);
  if (waiting.length >= MAX_WAITING)
    throw new Error('the upstream accepts no more requests, and too many are waiting');
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      const isLate = performance.now() >= deadlineMs;
      const why = isLate
        ? new Error('the upstream had no room for the request until the timeout')
        : whyNot(origin);
      if (why === undefined) return;
      waiting.splice(waiting.indexOf(waiter), 1);
      waiter.giveUp(why);
    };
    const timer = setInterval(look, LOOK_MS);
    const waiter: Waiter = {
      origin,
      goOn: () => {
        clearInterval(timer);
        resolve();
      },
      giveUp: (why) => {
        clearInterval(timer);
        reject(why);
      },
    };
    waiting.push(waiter);
  });
}

/**
 * Removes requests whose client left, so that they take no place. Does not check revocation, which may take longer,
 * because this runs for each request beyond the limit.
 */
function dismissGone(waiting: Waiter[]): void {
  for (const waiter of waiting.splice(0)) {
    if (waiter.origin.isWanted()) waiting.push(waiter);
    else waiter.giveUp(new Error(LEFT));
  }
}

function placeOf(places: Map<string, Place>, key: string): Place {
  const found = places.get(key);
  if (found !== undefined) return found;
  if (places.size >= MAX_KNOWN) places.clear();
  const place: Place = { oldUntilMs: 0, connections: [], opening: undefined, waiting: [] };
  places.set(key, place);
  return place;
}

function connectionOf(secure: TLSSocket, place: Place): Connection {
  const connection: Connection = new Connection(
    secure,
    { isServer: false, idleMs: IDLE_MS, mostStreams: place.connections[0]?.mostStreams },
    {
      faulted: () => undefined, // its requests fail with the reason
      freed: () => {
        freedAtMs.set(connection, Date.now());
        place.waiting.shift()?.goOn();
      },
      left: () => {
        place.connections = place.connections.filter((one) => one !== connection);
        // Each waiting request looks for a new connection itself.
        for (const { goOn } of place.waiting.splice(0)) goOn();
      },
    },
  );
  place.connections.push(connection);
  return connection;
}

/** Time when a request last ended, in milliseconds since the epoch, for each connection that has carried one. */
const freedAtMs = new WeakMap<Connection, number>();

function endsAsStale(connection: Connection): boolean {
  const idleMs = Date.now() - (freedAtMs.get(connection) ?? Date.now());
  // A time in the future, which a clock that was set back causes, counts as stale.
  if (connection.streams.length > 0 || (idleMs >= 0 && idleMs < STALE_MS)) return false;
  connection.leaveWhenDone();
  return true;
}

/**
 * Returns whether a request may be repeated. As in HTTP/1.1, the connection may have been closed just as it was reused,
 * and only safe requests are repeated.
 */
function mayGoAgain(why: Repeatable, { body, method }: HttpRequest, { isLater }: Attempt): boolean {
  if (why === 'lost') return isLater && body === undefined && SAFE_TO_REPEAT.has(method);
  return !(body instanceof Readable);
}

/** Repeats any request that the upstream refused unprocessed, or wants in HTTP/1.1. */
function withAnother(first: Sent, attempt: (why: Repeatable) => Promise<Sent | undefined>): Sent {
  let [sent, isAbandoned] = [first, false];
  const again = async (error: unknown): Promise<Awaited<Sent['answered']>> => {
    const why = error instanceof StreamBroken && !isAbandoned ? error.repeatable : undefined;
    const second = why === undefined ? undefined : await attempt(why);
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
