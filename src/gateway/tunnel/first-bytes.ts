import type { Wire } from './wire.ts';

/** Waits for the first bytes of a client, with a timeout, and without losing a byte. */

export interface ReadLimits<Value> {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Parses all bytes so far. Undefined: it needs more. */
  readonly look: (bytes: Buffer) => Value | undefined;
}

export interface NoBeginning {
  readonly failed: string;
  /** The client left without sending a byte, as one does that connects ahead of need. */
  readonly isUnused: boolean;
}

/** Returns the result of `look`, or why there is none. All bytes stay on the wire for the next reader. */
export function readFirstBytes<Value>(
  wire: Wire,
  { look, maxBytes, timeoutMs }: ReadLimits<Value>,
): Promise<{ readonly value: Value } | NoBeginning> {
  return new Promise((resolve) => {
    let bytes: Buffer | undefined;
    const finish = (result: { readonly value: Value } | NoBeginning): void => {
      clearTimeout(timer);
      wire.hold(bytes ?? Buffer.alloc(0));
      resolve(result);
    };
    const fail = (failed: string, isOver = false): void =>
      finish({ failed, isUnused: isOver && bytes === undefined });
    const take = (more: Buffer): boolean => {
      // Copies the bytes, because they are only lent.
      bytes = bytes === undefined ? Buffer.from(more) : Buffer.concat([bytes, more]);
      const value = look(bytes);
      if (value !== undefined) finish({ value });
      else if (bytes.length > maxBytes) fail('sent too much before a complete message');
      return true;
    };
    const timer = setTimeout(() => fail('sent no complete message in time'), timeoutMs);
    wire.read(take, {
      ended: () => fail('closed before a complete message', true),
      broke: () => fail('broke off before a complete message', true),
    });
  });
}
