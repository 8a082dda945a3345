import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { reasonOf } from '../../../errors.ts';
import type { Passage } from '../../gate/gate.ts';
import type { Outbound, Sent } from '../../message/exchange.ts';
import { Connection } from '../h2/connection.ts';
import { StreamBroken, type Repeatable } from '../h2/faults.ts';
import { poolKey } from './h1.ts';
import { sendOver2 } from './h2.ts';

/** Connections of HTTP/2 that are kept, and used again for the same host, port and route. */

/** Upstreams whose HTTP version is known. */
const MAX_KNOWN = 500;
const IDLE_MS = 30_000;
/** One that has been idle for longer was kept by an upstream that slept, by the clock on the wall: it is closed long since. */
const STALE_MS = 90_000;
const SAFE_TO_REPEAT = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Then it is asked again, at the cost of a handshake: it may have been set up anew, or another may be behind its name. */
const OLD_MS = 5 * 60_000;
/** Of one upstream: what does not fit on them waits. */
const MAX_CONNECTIONS = 8;
/** Requests for one upstream that wait for room. */
const MAX_WAITING = 1_000;
/** How often one that waits looks whether it still has to. */
const LOOK_MS = 1_000;
const LEFT = 'the client left';

export interface Sessions {
  /** Undefined where the upstream does not speak HTTP/2. @throws Error when it cannot be reached, or the head not be written */
  send(outbound: Outbound, wish: Wish): Promise<Sent | undefined>;
  /** Closes idle connections to upstreams now, and those in use when their request ends. */
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

/** Over HTTP/1.1. */
type SendOld = (outbound: Outbound, passage: Passage) => Sent;

/** What is known of one host, port and route. */
interface Place {
  /** Until then it is taken to speak HTTP/1.1, which it has chosen. */
  oldUntilMs: number;
  /** Those that take requests. */
  connections: Connection[];
  opening: Opening | undefined;
  /** Requests for which there is no room. */
  readonly waiting: Waiter[];
}

/** A connection that is being made, for all that wait for it. */
interface Opening {
  /** The passage that it was dialled for. */
  readonly by: Passage;
  readonly done: Promise<void>;
}

/** Who calls it has taken it out of the list. */
interface Waiter {
  readonly wish: Wish;
  /** Has it look again. */
  readonly goOn: () => void;
  readonly giveUp: (why: Error) => void;
}

/** A request on its way, and whether another was on its connection before. */
interface Attempt {
  readonly sent: Sent;
  readonly isLater: boolean;
}

/** Makes connections as they are needed, one for each place at first. */
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

  /** Waits for a connection that has room, and has taken it before anybody else looks. */
  const attempt = async (outbound: Outbound, wish: Wish): Promise<Attempt | undefined> => {
    const { passage } = wish;
    const place = placeOf(places, poolKey(passage));
    const deadlineMs = performance.now() + upstreamSilenceMs;
    let wasCalled = false;
    for (;;) {
      try {
        mustStillGo(wish);
        if (performance.now() < place.oldUntilMs) return undefined;
        const connection = place.connections.find((one) => one.hasRoom && !endsAsStale(one));
        if (connection !== undefined)
          return { sent: sendOver2(connection, outbound), isLater: freedAtMs.has(connection) };
      } catch (error) {
        // The room that it was called for is still there, for the next one.
        if (wasCalled) place.waiting.shift()?.goOn();
        throw error;
      }
      if (place.opening === undefined && place.connections.length < MAX_CONNECTIONS) {
        const done = open(place, passage).finally(() => (place.opening = undefined));
        place.opening = { by: passage, done };
      }
      wasCalled = place.opening === undefined;
      await (place.opening === undefined ? roomIn(place, wish, deadlineMs) : opened(place.opening, passage));
    }
  };

  const endAll = (end: (connection: Connection) => void): void => {
    places.clear();
    for (const connection of live) end(connection);
  };
  return {
    send: async (outbound, wish) => {
      const first = await attempt(outbound, wish);
      if (first === undefined) return undefined;
      return withAnother(first.sent, async (why) => {
        if (why === 'old') placeOf(places, poolKey(wish.passage)).oldUntilMs = performance.now() + OLD_MS;
        if (!mayGoAgain(why, outbound, first)) return undefined;
        return (await attempt(outbound, wish))?.sent ?? sendOld(outbound, wish.passage);
      });
    },
    dropIdle: () => endAll((connection) => connection.leaveWhenDone()),
    close: () => endAll((connection) => connection.destroy(new StreamBroken('the gateway ends'))),
  };
}

/** Much may have happened while it waited. @throws Error that says what */
function mustStillGo(wish: Wish): void {
  const why = whyNot(wish);
  if (why !== undefined) throw why;
}

function whyNot({ passage, isWanted }: Wish): Error | undefined {
  const reason = passage.revocation.revoked() ?? (isWanted() ? undefined : LEFT);
  return reason === undefined ? undefined : new Error(reason);
}

/**
 * Settles when there is a connection more, or none for a reason that is not the asker's. Each such round costs the one that began it,
 * so there are no more of them than there are requests.
 * @throws Error when the upstream cannot be reached, for all that wait; or when the asker began it, and may not go on
 */
async function opened({ by, done }: Opening, asker: Passage): Promise<void> {
  try {
    await done;
  } catch (error) {
    // An error that is the dialler's revocation is its alone; any other is the upstream's, and fails all that wait.
    const isRevocation = reasonOf(error) === by.revocation.revoked();
    if (by === asker || !isRevocation) throw error;
  }
}

/** Settles when it is worth another look. @throws Error when it takes too long, too many wait, or it need not go any more */
async function roomIn({ waiting }: Place, wish: Wish, deadlineMs: number): Promise<void> {
  if (waiting.length >= MAX_WAITING) dismissGone(waiting);
  if (waiting.length >= MAX_WAITING)
    throw new Error('the upstream takes no more requests, and too many wait');
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      const isLate = performance.now() >= deadlineMs;
      const why = isLate
        ? new Error('the upstream has had no room for the request all the time')
        : whyNot(wish);
      if (why === undefined) return;
      waiting.splice(waiting.indexOf(waiter), 1);
      waiter.giveUp(why);
    };
    const timer = setInterval(look, LOOK_MS);
    const waiter: Waiter = {
      wish,
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
 * Those whose client left take nobody's place. Whether they are revoked is not asked: that may take longer, and this is done for
 * each request that is too many.
 */
function dismissGone(waiting: Waiter[]): void {
  for (const waiter of waiting.splice(0)) {
    if (waiter.wish.isWanted()) waiting.push(waiter);
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
        // Each looks for itself what there is now.
        for (const { goOn } of place.waiting.splice(0)) goOn();
      },
    },
  );
  place.connections.push(connection);
  return connection;
}

/** When a request was last over, on each that has had one. */
const freedAtMs = new WeakMap<Connection, number>();

function endsAsStale(connection: Connection): boolean {
  const idleMs = Date.now() - (freedAtMs.get(connection) ?? Date.now());
  // Nor was it in a time to come, which a clock that was put back makes of it.
  if (connection.streams.length > 0 || (idleMs >= 0 && idleMs < STALE_MS)) return false;
  connection.leaveWhenDone();
  return true;
}

/** As in HTTP/1.1, where the connection may have been closed just as it was used again: what is safe to repeat. */
function mayGoAgain(why: Repeatable, { body, method }: Outbound, { isLater }: Attempt): boolean {
  if (why === 'lost') return isLater && body === undefined && SAFE_TO_REPEAT.has(method);
  return !(body instanceof Readable);
}

/** The upstream may refuse a request before it has looked at it, or want it in HTTP/1.1: once more then, whatever it is. */
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
