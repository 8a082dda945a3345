import type { Wire } from './wire.ts';

/** Waits for the beginning of what a client sends, without losing a byte of it and without waiting for ever. */

export interface ReadLimits<Value> {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Looks at all bytes so far; undefined: more are needed. */
  readonly look: (bytes: Buffer) => Value | undefined;
}

export interface NoBeginning {
  readonly failed: string;
  /** It went without a byte, as a client does that connects ahead of need. */
  readonly isUnused: boolean;
}

/** What `look` made of it, or why nothing came of it. All bytes stay on the wire, for who reads it next. */
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
      // A copy: what is read is only lent.
      bytes = bytes === undefined ? Buffer.from(more) : Buffer.concat([bytes, more]);
      const value = look(bytes);
      if (value !== undefined) finish({ value });
      else if (bytes.length > maxBytes) fail('sent too much before saying what it wants');
      return true;
    };
    const timer = setTimeout(() => fail('said nothing in time'), timeoutMs);
    wire.read(take, {
      ended: () => fail('closed before saying what it wants', true),
      broke: () => fail('broke off before saying what it wants', true),
    });
  });
}
