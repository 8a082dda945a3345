import { setMaxListeners } from 'node:events';

/**
 * Signals that end work: by themselves after a time, or with others. Node's own `AbortSignal.any` holds what it is made of
 * weakly: a deadline in it is collected as garbage and never comes (nodejs/node issues 57736, 65995). These are held by their
 * timer and by those that they follow.
 */

/** Aborts after so many milliseconds with a `TimeoutError`, or with one of `others` and its reason. It keeps no process alive. */
export function deadline(timeoutMs: number, ...others: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const late = (): void => controller.abort(new DOMException(`not within ${timeoutMs} ms`, 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  timer.unref();
  controller.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  follow(controller, others);
  return controller.signal;
}

/** Aborts with the first of them, and its reason. */
export function eitherOf(...signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  follow(controller, signals);
  return controller.signal;
}

/** Does it once the signal comes, at once where it has come already; gives how to let it be. */
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
      // As many as there are rungs to be tried: Node would warn of a leak to whoever types `doctor`.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', end, { once: true, signal: controller.signal });
    }
  }
}
