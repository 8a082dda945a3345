/**
 * Secrets that a host has answered with 401, while they can be read again outside. Whoever does that asks for them; until it
 * asks again, requests that need one of them wait for the new value.
 */

export interface RejectionParts {
  /** Whether somebody outside could read this one again. */
  readonly isRenewable: (name: string) => boolean;
  /** What is lent now. */
  readonly valueOf: (name: string) => string | undefined;
  readonly nowMs?: () => number;
}

/** A bottle can have itself refused as often as it likes: its user's command runs no more often than that. */
const MIN_BETWEEN_MS = 30_000;
/** The longest that a request waits; then it goes out with what there is. */
const MAX_WAIT_MS = 15_000;

/** Not the time of day: a clock that is set back by an hour would have nothing read again for an hour. */
const sinceStartMs = (): number => performance.now();

interface Waiting {
  readonly settled: Promise<void>;
  readonly settle: () => void;
}

/** One asker outside, and requests that wait for what it brings. */
export class Rejections {
  readonly #parts: RejectionParts;
  readonly #lastMs = new Map<string, number>();
  /** Not told yet. */
  readonly #pending = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  #listener: ((names: readonly string[]) => void) | undefined;

  constructor(parts: RejectionParts) {
    this.#parts = parts;
  }

  /** A host said 401 to a request with this value; one that was replaced meanwhile says nothing about the new one. */
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
   * Those that were rejected, as soon as there are some; none once `signal` is aborted. Who asks again has dealt with
   * what it was told before.
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

  /** Until a new value of this one is there, or none comes; undefined where nothing is waited for. */
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
