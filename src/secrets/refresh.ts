import type { HeldSecret } from './source.ts';

/**
 * Reads expiring secrets again on the host before they expire, one reading at a time. The old value stays in use until
 * a new one arrives.
 */

export interface RefreshClock {
  nowMs(): number;
  /** Calls `then` once, after `delayMs`. Returns a function that cancels the call. */
  after(delayMs: number, then: () => void): () => void;
}

export interface Refreshing {
  readonly first: HeldSecret;
  readonly read: (signal: AbortSignal) => Promise<HeldSecret>;
  /**
   * Upper limit for the validity of a secret, in milliseconds, even if the secret states a later expiry. Undefined:
   * valid until its stated expiry, or until a caller asks for a refresh.
   */
  readonly refreshMs: number | undefined;
  /** Receives a value that differs from the last one. A failed delivery is retried like a failed reading. */
  readonly deliver: (secret: HeldSecret) => void | Promise<void>;
  /** Reports that a reading or its delivery failed. `retryMs`: delay of the retry; undefined: no retry is scheduled. */
  readonly failed: (error: unknown, retryMs: number | undefined) => void;
  readonly clock?: RefreshClock;
}

export interface Refresher {
  /** Reads at once, for example after a 401 response. Joins a reading that is in progress. Never throws. */
  refreshNow(): Promise<void>;
  stop(): void;
}

/** The fraction of the validity after which to read again, so that the new value arrives before the old one expires. */
const IN_TIME = 0.8;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;
/** The longest delay of a Node timer. */
const LONGEST_MS = 2 ** 31 - 1;

const inTime = (goodForMs: number): number => Math.min(LONGEST_MS, Math.floor(goodForMs * IN_TIME));

/** Starts the schedule with a first value that was read just now. */
export function createRefresher(refreshing: Refreshing): Refresher {
  const { read, refreshMs, deliver, failed, clock = CLOCK } = refreshing;
  const ending = new AbortController();
  const goodForMs = refreshMs === undefined ? undefined : inTime(refreshMs);
  const dueMs = ({ expiresAtMs }: HeldSecret): number | undefined => {
    if (expiresAtMs === undefined) return goodForMs;
    // A program may return the same secret until just before it expires, so this sets a minimum delay.
    const untilExpiryMs = Math.max(FIRST_RETRY_MS, inTime(expiresAtMs - clock.nowMs()));
    return Math.min(untilExpiryMs, goodForMs ?? Infinity);
  };
  let last = refreshing.first;
  let retries = 0;
  let underWay: Promise<void> | undefined;
  let callOff = (): void => undefined;

  const next = (delayMs: number | undefined): void => {
    callOff();
    const isDue = delayMs !== undefined && !ending.signal.aborted;
    callOff = isDue ? clock.after(delayMs, () => void refreshNow()) : () => undefined;
  };
  const readOnce = async (): Promise<void> => {
    try {
      const secret = await read(ending.signal);
      if (ending.signal.aborted) return;
      if (secret() !== last()) await deliver(secret);
      last = secret;
      if (ending.signal.aborted) return;
      retries = 0;
      next(dueMs(secret));
    } catch (error) {
      if (ending.signal.aborted) return;
      const isTimed = dueMs(last) !== undefined;
      const retryMs = isTimed
        ? Math.min(FIRST_RETRY_MS * 2 ** retries, LAST_RETRY_MS, goodForMs ?? Infinity)
        : undefined;
      retries += 1;
      next(retryMs);
      failed(error, retryMs);
    }
  };
  const refreshNow = async (): Promise<void> => {
    if (ending.signal.aborted) return;
    underWay ??= readOnce().finally(() => {
      underWay = undefined;
    });
    await underWay;
  };
  next(dueMs(last));
  return {
    refreshNow,
    stop: () => {
      ending.abort();
      callOff();
    },
  };
}

const CLOCK: RefreshClock = {
  nowMs: () => Date.now(),
  after: (delayMs, then) => {
    const timer = setTimeout(then, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
