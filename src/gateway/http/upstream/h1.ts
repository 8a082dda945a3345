import type { Duplex } from 'node:stream';
import type { Passage } from '../../gate/gate.ts';
import type { HttpRequest, Sent } from '../../message/exchange.ts';
import { UpstreamConnection1 } from './connection1.ts';
import { Exchange1 } from './exchange1.ts';

/** Sends requests to HTTP/1.1 hosts. */

/**
 * One minute, as in other proxies. Measured by the wall clock: after a sleep, the upstream has closed the connection
 * long since.
 */
const IDLE_MS = 60_000;
/**
 * Less than the five seconds of common servers, so that few requests that cannot be repeated meet a closed connection.
 */
const IDLE_ONCE_MS = 4_000;
const CHECK_EVERY_MS = 1_000;
const MAX_FREE = 32;
const SAFE_TO_REPEAT = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Upstreams1 {
  send(outbound: HttpRequest, passage: Passage): Sent;
  /** Closes idle connections to upstreams now, and those in use when their request ends. */
  dropIdle(): void;
  close(): void;
}

export type Dial = (passage: Passage) => Promise<Duplex>;

/**
 * Keeps connections for requests with the same host, port and route only. After content, it keeps one only where no
 * rule limits the requests that may follow: see policy/decide.ts.
 */
export function createUpstreams1(dial: Dial): Upstreams1 {
  const pool = new Pool();
  const dialFor = (exchange: Exchange1, passage: Passage): void => {
    const { generation } = pool;
    const key = poolKey(passage);
    dial(passage).then(
      (stream) => {
        if (exchange.isAbandoned) return void stream.destroy();
        new UpstreamConnection1(stream, key, (free) => pool.keep(free, generation)).run(exchange);
      },
      (error: unknown) => exchange.fail(error instanceof Error ? error : new Error(String(error))),
    );
  };
  const send = (outbound: HttpRequest, passage: Passage): Sent => {
    const hasBody = outbound.body !== undefined;
    if (hasBody && !passage.mayFollowContent) {
      const exchange = new Exchange1(outbound, { connection: 'once' });
      dialFor(exchange, passage);
      return exchange;
    }
    const mayRepeat = !hasBody && SAFE_TO_REPEAT.has(outbound.method);
    // For an upstream that closed a kept connection just as it was reused.
    const again = mayRepeat ? (exchange: Exchange1): void => dialFor(exchange, passage) : undefined;
    const exchange = new Exchange1(outbound, { connection: 'kept', again });
    const kept = pool.take(poolKey(passage), mayRepeat ? IDLE_MS : IDLE_ONCE_MS);
    if (kept === undefined) dialFor(exchange, passage);
    else kept.run(exchange);
    return exchange;
  };
  return { send, dropIdle: () => pool.drop(), close: () => pool.close() };
}

/** Returns the pool's key. Connections with one key lead to the same host on the same route. */
export function poolKey({ asked, route }: Passage): string {
  const through = route.kind === 'proxy' ? `${route.proxy.host}:${route.proxy.port}` : route.addresses.join();
  return `${asked.scheme} ${asked.host}:${asked.port} ${through}`;
}

/** Idle connections, the youngest last. */
class Pool {
  /** Number of drops so far. Connections from before a drop are not kept. */
  generation = 0;
  #free: UpstreamConnection1[] = [];
  readonly #timer = setInterval(() => this.#expire(), CHECK_EVERY_MS).unref();

  /** Takes out a connection with this key that has not been idle for longer. */
  take(key: string, idleMs: number): UpstreamConnection1 | undefined {
    for (let at = this.#free.length - 1; at >= 0; at -= 1) {
      const connection = this.#free[at];
      if (connection?.key !== key) continue;
      if (connection.isUsable && !isYounger(connection, idleMs)) return undefined;
      this.#free.splice(at, 1);
      if (connection.isUsable) return connection;
    }
    return undefined;
  }

  keep(connection: UpstreamConnection1, generation: number): void {
    if (generation !== this.generation) return connection.destroy();
    connection.keptAtMs = Date.now();
    this.#free.push(connection);
    if (this.#free.length > MAX_FREE) this.#free.shift()?.destroy();
  }

  drop(): void {
    this.generation += 1;
    const free = this.#free;
    this.#free = [];
    for (const connection of free) connection.destroy();
  }

  close(): void {
    clearInterval(this.#timer);
    this.drop();
  }

  #expire(): void {
    const isOver = (connection: UpstreamConnection1): boolean =>
      !connection.isUsable || !isYounger(connection, IDLE_MS);
    const old = this.#free.filter(isOver);
    if (old.length === 0) return;
    this.#free = this.#free.filter((connection) => !isOver(connection));
    for (const connection of old) connection.destroy();
  }
}

/** Returns false also for a time in the future, which a clock that was set back causes. */
function isYounger({ keptAtMs }: UpstreamConnection1, idleMs: number): boolean {
  const forMs = Date.now() - keptAtMs;
  return forMs >= 0 && forMs < idleMs;
}
