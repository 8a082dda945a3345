import { MessageChannel } from 'node:worker_threads';
import type { CompiledRule } from '../rules/compile.ts';
import type { Answer } from './messages.ts';
import { serveInspections } from './serve.ts';
import type { Other } from './thread.ts';

/**
 * The other end of an inspection thread, but in this thread. It copies messages as between threads, and answers later.
 */
export function startInThisThread(rules: readonly CompiledRule[] = []): Other {
  const { port1, port2 } = new MessageChannel();
  serveInspections(port2, rules);
  port1.unref();
  port2.unref();
  const listeners: Record<string, (value: never) => void> = {};
  port1.on('message', (answer: Answer) => listeners['message']?.(answer as never));
  // A listener makes the port keep the process alive again.
  port1.unref();
  return {
    postMessage: (order) => port1.postMessage(order),
    on: (event: string, listener: (value: never) => void) => (listeners[event] = listener),
    terminate: () => port1.close(),
  };
}

export interface Silent extends Other {
  /** Fails as a thread does that ends with an error. */
  breakOff(): void;
  readonly isTerminated: boolean;
}

/** Returns an end that takes all orders, and answers none. */
export function startSilent(): Silent {
  const listeners: Record<string, (value: never) => void> = {};
  let isTerminated = false;
  return {
    postMessage: () => undefined,
    on: (event: string, listener: (value: never) => void) => (listeners[event] = listener),
    terminate: () => (isTerminated = true),
    breakOff: () => listeners['error']?.(new Error('out of memory') as never),
    get isTerminated() {
      return isTerminated;
    },
  };
}
