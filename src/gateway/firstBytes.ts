import type { Socket } from 'node:net';

/** Waits for the beginning of what a client sends, without losing a byte of it and without waiting for ever. */

export interface Reading<Value> {
  readonly value: Value;
  /** All that was read, to be passed on. */
  readonly bytes: Buffer;
}

export interface ReadLimits<Value> {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Looks at all bytes so far; undefined: more are needed. */
  readonly look: (bytes: Buffer) => Value | undefined;
}

/** What `look` made of it, or why nothing came of it. The socket is left paused, and nobody listens to it. */
export function readFirstBytes<Value>(
  socket: Socket,
  limits: ReadLimits<Value>,
): Promise<Reading<Value> | { readonly failed: string }> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    const finish = (result: Reading<Value> | { readonly failed: string }): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError);
      socket.pause();
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const value = limits.look(bytes);
      if (value !== undefined) finish({ value, bytes });
      else if (bytes.length > limits.maxBytes)
        finish({ failed: 'sent too much before saying what it wants' });
    };
    const onEnd = (): void => finish({ failed: 'closed before saying what it wants' });
    const onError = (): void => finish({ failed: 'broke off before saying what it wants' });
    const timer = setTimeout(() => finish({ failed: 'said nothing in time' }), limits.timeoutMs);
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError);
    socket.resume();
  });
}
