import { setMaxListeners } from 'node:events';

/**
 * Signals that end work after a time, or together with others. Node's own `AbortSignal.any` references its sources
 * weakly, so a deadline in it can be garbage-collected and never fires (nodejs/node issues 57736, 65995). Here the
 * timer and the followed signals hold the result.
 */

/**
 * Aborts after `timeoutMs` milliseconds with a `TimeoutError`, or with one of `others` and its reason. Keeps no process
 * alive.
 */
export function deadline(timeoutMs: number, ...others: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const late = (): void => controller.abort(new DOMException(`not within ${timeoutMs} ms`, 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  timer.unref();
  controller.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  follow(controller, others);
  return controller.signal;
}

/** Aborts with the first of these signals, and its reason. */
export function eitherOf(...signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  follow(controller, signals);
  return controller.signal;
}

/** Calls `act` when the signal aborts, or at once if it already has. Returns a function that cancels this. */
export function whenAborted(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
  return () => signal.removeEventListener('abort', act);
}

function follow(controller: AbortController, signals: readonly AbortSignal[]): void {
  for (const signal of signals) {
    const end = (): void => controller.abort(signal.reason);
    if (signal.aborted) end();
    else {
      // One listener per rung: Node would warn of a leak during `doctor`.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', end, { once: true, signal: controller.signal });
    }
  }
}
