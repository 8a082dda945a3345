/**
 * Tracks renewable secrets that a host rejected with 401. The process outside that reads them again asks for their
 * names; until it asks again, requests that need one of them wait for the new value.
 */

export interface RejectionParts {
  /** Whether the launcher can read this secret again. */
  readonly isRenewable: (name: string) => boolean;
  /** Returns the value that is lent now. */
  readonly valueOf: (name: string) => string | undefined;
  readonly nowMs?: () => number;
}

/**
 * Least time between two reports of the same secret. A bottle can cause rejections as often as it likes: this limits
 * how often its user's command runs.
 */
const MIN_BETWEEN_MS = 30_000;
/** Longest wait of a request; then it leaves with the current value. */
const MAX_WAIT_MS = 15_000;

/** Not the time of day: if the clock is set back by an hour, no secret would be read again for an hour. */
const sinceStartMs = (): number => performance.now();

interface Waiting {
  readonly settled: Promise<void>;
  readonly settle: () => void;
}

/** Serves one asker outside, and the requests that wait for its new values. */
export class Rejections {
  readonly #parts: RejectionParts;
  readonly #lastMs = new Map<string, number>();
  /** Names that the asker has not received yet. */
  readonly #pending = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  #listener: ((names: readonly string[]) => void) | undefined;

  constructor(parts: RejectionParts) {
    this.#parts = parts;
  }

  /**
   * A host answered 401 to a request with this value. Ignores a value that has been replaced meanwhile: its rejection
   * says nothing about the new one.
   */
  rejected(name: string, value: string): void {
    const { isRenewable, valueOf, nowMs = sinceStartMs } = this.#parts;
    const sinceMs = nowMs() - (this.#lastMs.get(name) ?? -Infinity);
    if (!isRenewable(name) || valueOf(name) !== value || sinceMs < MIN_BETWEEN_MS) return;
    this.#lastMs.set(name, nowMs());
    this.#pending.add(name);
    this.#waiting.set(name, waitingFor(MAX_WAIT_MS));
    this.#tell();
  }

  /**
   * Returns the rejected secrets as soon as there are some; none once `signal` is aborted. By asking again, the asker
   * confirms that it has handled those before.
   */
  async next(signal: AbortSignal): Promise<readonly string[]> {
    this.#settleTold();
    return await new Promise((resolve) => {
      const give = (names: readonly string[]): void => {
        if (this.#listener === give) this.#listener = undefined;
        signal.removeEventListener('abort', none);
        resolve(names);
      };
      const none = (): void => give([]);
      this.#listener?.([]);
      this.#listener = give;
      signal.addEventListener('abort', none, { once: true });
      if (signal.aborted) none();
      else this.#tell();
    });
  }

  /** Resolves when this secret has a new value, or none comes; undefined if nothing is pending. */
  settled(name: string): Promise<void> | undefined {
    return this.#waiting.get(name)?.settled;
  }

  #tell(): void {
    if (this.#pending.size === 0 || this.#listener === undefined) return;
    const names = [...this.#pending];
    this.#pending.clear();
    this.#listener(names);
  }

  #settleTold(): void {
    for (const [name, { settle }] of this.#waiting) {
      if (this.#pending.has(name)) continue;
      this.#waiting.delete(name);
      settle();
    }
  }
}

function waitingFor(mostMs: number): Waiting {
  let settle = (): void => undefined;
  const settled = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, mostMs).unref();
    settle = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { settled, settle };
}
