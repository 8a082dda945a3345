import type { Duplex } from 'node:stream';
import type { Passage } from '../../gate/gate.ts';
import type { Outbound, Sent } from '../../message/exchange.ts';
import { UpstreamConnection1 } from './connection1.ts';
import { Exchange1 } from './exchange1.ts';

/** Hosts that speak HTTP/1.1. */

/** A minute, as other proxies do. By the clock on the wall: what an upstream that slept has kept is closed long since. */
const IDLE_MS = 60_000;
/** Below the five seconds after which common servers close one, so that few requests meet that which cannot be sent again. */
const IDLE_ONCE_MS = 4_000;
const CHECK_EVERY_MS = 1_000;
const MAX_FREE = 32;
const SAFE_TO_REPEAT = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Upstreams1 {
  send(outbound: Outbound, passage: Passage): Sent;
  /** Closes idle connections to upstreams now, and those in use when their request ends. */
  dropIdle(): void;
  close(): void;
}

export type Dial = (passage: Passage) => Promise<Duplex>;

/**
 * Connections are kept and used again for the same host, port and route only; after content only where no rule says which
 * requests may follow: see policy/decide.ts.
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
  const send = (outbound: Outbound, passage: Passage): Sent => {
    const hasBody = outbound.body !== undefined;
    if (hasBody && !passage.mayFollowContent) {
      const exchange = new Exchange1(outbound, { connection: 'once' });
      dialFor(exchange, passage);
      return exchange;
    }
    const mayRepeat = !hasBody && SAFE_TO_REPEAT.has(outbound.method);
    // The upstream closed a kept connection just as it was used again.
    const again = mayRepeat ? (exchange: Exchange1): void => dialFor(exchange, passage) : undefined;
    const exchange = new Exchange1(outbound, { connection: 'kept', again });
    const kept = pool.take(poolKey(passage), mayRepeat ? IDLE_MS : IDLE_ONCE_MS);
    if (kept === undefined) dialFor(exchange, passage);
    else kept.run(exchange);
    return exchange;
  };
  return { send, dropIdle: () => pool.drop(), close: () => pool.close() };
}

/** Connections of one key lead to the same place in the same way. */
export function poolKey({ asked, route }: Passage): string {
  const through = route.kind === 'proxy' ? `${route.proxy.host}:${route.proxy.port}` : route.addresses.join();
  return `${asked.scheme} ${asked.host}:${asked.port} ${through}`;
}

/** Connections that nothing runs on, the youngest last. */
class Pool {
  /** Connections of an earlier one are not kept. */
  generation = 0;
  #free: UpstreamConnection1[] = [];
  readonly #timer = setInterval(() => this.#expire(), CHECK_EVERY_MS).unref();

  /** One that leads there and has not been idle for longer, which is the taker's from now on. */
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

/** Nor kept in a time to come, which a clock that was put back makes of it. */
function isYounger({ keptAtMs }: UpstreamConnection1, idleMs: number): boolean {
  const forMs = Date.now() - keptAtMs;
  return forMs >= 0 && forMs < idleMs;
}
