import type { Engine, Written } from './types.ts';
import type { Claim, Room } from './room.ts';

/** An engine for a format of several parts in a row, each with a head: frames of zstd. */

/** The result of giving bytes to an open part. */
export interface Undone {
  readonly outputs: readonly Uint8Array[];
  /** `end`: the part ended. The others as in `Written`. */
  readonly state: 'end' | 'more' | 'large' | 'broken' | 'sealed';
  readonly unread: number;
}

export interface OpenPart {
  undo(bytes: Uint8Array, maxOutput: number): Undone;
  free(): void;
}

/** The head of a part; `more` if it continues behind the bytes. */
export type Head =
  | 'more'
  | 'broken'
  | 'sealed'
  /** `memoryBytes`: memory that the part needs. `bytes`: input for the decoder. */
  | { readonly memoryBytes: number; readonly bytes: Uint8Array };

export interface PartedFormat {
  /** The memory of all open parts. */
  readonly room: Room;
  /** Returns the head of a part that begins with these bytes. */
  headOf(bytes: Uint8Array): Head;
  /** Opens a part. Undefined if there is no memory for it. */
  open(): OpenPart | undefined;
}

type State = 'first' | 'between' | 'within' | 'broken' | 'sealed';

const NOTHING = new Uint8Array(0);

/** Returns an engine that stops at the end of each part. The next write begins another part. */
export function createPartedEngine(format: PartedFormat): Engine {
  const { room } = format;
  let state: State = 'first';
  let part: (OpenPart & { readonly claim: Claim }) | undefined;
  /** The bytes so far of an incomplete head. */
  let head: Uint8Array = NOTHING;
  const close = (next: State): void => {
    state = next;
    head = NOTHING;
    if (part === undefined) return;
    const closed = part;
    part = undefined;
    room.remove(closed.claim);
    closed.free();
  };
  const open = (bytes: number): void => {
    const claim = { bytes, giveUp: () => close('sealed') };
    const opened = room.add(claim) ? format.open() : undefined;
    state = opened === undefined ? 'sealed' : 'within';
    if (opened === undefined) room.remove(claim);
    else part = Object.assign(opened, { claim });
  };
  /** Opens the part that begins with these bytes, and returns its input. */
  const begin = (bytes: Uint8Array): Uint8Array => {
    const all = head.length === 0 ? bytes : Buffer.concat([head, bytes]);
    const found = all.length === 0 ? 'more' : format.headOf(all);
    head = found === 'more' ? all.slice() : NOTHING;
    if (found === 'more') return NOTHING;
    if (typeof found === 'string') close(found);
    else open(found.memoryBytes);
    return typeof found === 'string' ? NOTHING : found.bytes;
  };
  const write = (bytes: Uint8Array, maxOutput: number): Written => {
    if (state === 'between' && head.length === 0 && bytes.length > 0 && format.headOf(bytes) === 'broken')
      return { output: NOTHING, state: 'ended', unread: bytes.length };
    const given = state === 'first' || state === 'between' ? begin(bytes) : bytes;
    if (state === 'first' || state === 'between') return { output: NOTHING, state: 'more', unread: 0 };
    if (part === undefined)
      return { output: NOTHING, state: state === 'broken' ? 'broken' : 'sealed', unread: bytes.length };
    room.use(part.claim);
    const undone = part.undo(given, maxOutput);
    const { unread } = undone;
    const output = undone.outputs.length === 1 ? undone.outputs[0]! : Buffer.concat(undone.outputs);
    if (undone.state === 'broken' || undone.state === 'sealed') close(undone.state);
    if (undone.state !== 'end') return { output, state: undone.state, unread };
    close('between');
    return { output, state: unread > 0 ? 'ended' : 'more', unread };
  };
  return {
    write,
    isWhole: () => state === 'between' && head.length === 0,
    reset: () => close('first'),
    close: () => close('broken'),
  };
}
