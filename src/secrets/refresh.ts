import type { HeldSecret } from './source.ts';

/** Secrets that expire: read again in time, outside, one reading at a time. The old one stays until there is a new one. */

export interface RefreshClock {
  nowMs(): number;
  /** Calls once, after so long; gives what calls it off. */
  after(delayMs: number, then: () => void): () => void;
}

export interface Refreshing {
  readonly first: HeldSecret;
  readonly read: (signal: AbortSignal) => Promise<HeldSecret>;
  /** How long an answer is good for at most, whatever it says itself; undefined: as long as it says, or until somebody says that it is not. */
  readonly refreshMs: number | undefined;
  /** A value that is another than the last. Where that fails, it is read again too. */
  readonly deliver: (secret: HeldSecret) => void | Promise<void>;
  /** A reading or its delivery failed, and comes again after so long; undefined: when it is asked for. */
  readonly failed: (error: unknown, retryMs: number | undefined) => void;
  readonly clock?: RefreshClock;
}

export interface Refresher {
  /** Reads at once, as when the server said 401; joins a reading that is under way. Never throws. */
  refreshNow(): Promise<void>;
  stop(): void;
}

/** Read again when so much of the time is over, so that the new one is there before the old one is worth nothing. */
const IN_TIME = 0.8;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;
/** The longest that a timer of Node's can wait. */
const LONGEST_MS = 2 ** 31 - 1;

const inTime = (goodForMs: number): number => Math.min(LONGEST_MS, Math.floor(goodForMs * IN_TIME));

/** Begins with a first value that was read just now. */
export function createRefresher(refreshing: Refreshing): Refresher {
  const { read, refreshMs, deliver, failed, clock = CLOCK } = refreshing;
  const ending = new AbortController();
  const goodForMs = refreshMs === undefined ? undefined : inTime(refreshMs);
  const dueMs = ({ expiresAtMs }: HeldSecret): number | undefined => {
    if (expiresAtMs === undefined) return goodForMs;
    // A program may give the same again until its last moment.
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
