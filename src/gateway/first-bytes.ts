import type { Wire } from './tunnel/wire.ts';

/** Waits for the beginning of what a client sends, without losing a byte of it and without waiting for ever. */

export interface ReadLimits<Value> {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Looks at all bytes so far; undefined: more are needed. */
  readonly look: (bytes: Buffer) => Value | undefined;
}

/** What `look` made of it, or why nothing came of it. All bytes stay on the wire, for who reads it next. */
export function readFirstBytes<Value>(
  wire: Wire,
  { look, maxBytes, timeoutMs }: ReadLimits<Value>,
): Promise<{ readonly value: Value } | { readonly failed: string }> {
  return new Promise((resolve) => {
    let bytes: Buffer | undefined;
    const finish = (result: { readonly value: Value } | { readonly failed: string }): void => {
      clearTimeout(timer);
      wire.hold(bytes ?? Buffer.alloc(0));
      resolve(result);
    };
    const take = (more: Buffer): boolean => {
      // A copy: what is read is only lent.
      bytes = bytes === undefined ? Buffer.from(more) : Buffer.concat([bytes, more]);
      const value = look(bytes);
      if (value !== undefined) finish({ value });
      else if (bytes.length > maxBytes) finish({ failed: 'sent too much before saying what it wants' });
      return true;
    };
    const timer = setTimeout(() => finish({ failed: 'said nothing in time' }), timeoutMs);
    wire.read(take, {
      ended: () => finish({ failed: 'closed before saying what it wants' }),
      broke: () => finish({ failed: 'broke off before saying what it wants' }),
    });
  });
}
