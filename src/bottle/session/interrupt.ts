import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Interrupting = (typeof SIGNALS)[number];

/**
 * Turns the signals that end a program into an AbortSignal, so that the process can clean up before it ends. Further signals have
 * no effect: every step of the cleanup has a timeout.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  #received: Interrupting | undefined;
  readonly #onSignal = (name: NodeJS.Signals): void => {
    this.#received ??= name as Interrupting;
    this.#controller.abort();
  };

  constructor() {
    // Every running task listens to this signal, and checks and probes of rungs run at the same time.
    setMaxListeners(0, this.#controller.signal);
    for (const name of SIGNALS) process.on(name, this.#onSignal);
  }

  /** Aborted at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first signal that came. */
  get name(): NodeJS.Signals | undefined {
    return this.#received;
  }

  /** 128+n of the signal that came (128 + 2 for SIGINT), or undefined when none did. */
  get exitCode(): number | undefined {
    return this.#received === undefined ? undefined : 128 + constants.signals[this.#received];
  }

  /** Restores the default effect of the signals. */
  [Symbol.dispose](): void {
    for (const name of SIGNALS) process.off(name, this.#onSignal);
  }
}

/** For commands that run until the user interrupts them: aborted at the first signal; a second one ends the program as usual. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) process.once(name, () => controller.abort());
  return controller.signal;
}
