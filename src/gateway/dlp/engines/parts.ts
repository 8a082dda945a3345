import type { Engine, Written } from './types.ts';
import type { Claim, Room } from './room.ts';

/** An engine for a format whose data is one part behind another, each with a head: frames of zstd. */

/** What becomes of bytes that are given to an open part. */
export interface Undone {
  readonly outputs: readonly Uint8Array[];
  /** `end`: of the part. The others as in `Written`. */
  readonly state: 'end' | 'more' | 'large' | 'broken' | 'sealed';
  readonly unread: number;
}

export interface OpenPart {
  undo(bytes: Uint8Array, maxOutput: number): Undone;
  free(): void;
}

/** What a part begins with: `more` where that goes on behind what is here. */
export type Head =
  | 'more'
  | 'broken'
  | 'sealed'
  /** `memoryBytes`: what it asks for. `bytes`: what to give to the decoder. */
  | { readonly memoryBytes: number; readonly bytes: Uint8Array };

export interface PartedFormat {
  /** The memory of all open parts. */
  readonly room: Room;
  /** Of a part that begins with these bytes. */
  headOf(bytes: Uint8Array): Head;
  /** A part. Undefined: there is no memory for it. */
  open(): OpenPart | undefined;
}

type State = 'first' | 'between' | 'within' | 'broken' | 'sealed';

const NOTHING = new Uint8Array(0);

/** An engine that stops at the end of each part. What is written next begins another. */
export function createPartedEngine(format: PartedFormat): Engine {
  const { room } = format;
  let state: State = 'first';
  let part: (OpenPart & { readonly claim: Claim }) | undefined;
  /** What is here of a head that is not all here. */
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
  /** What is to be given to the part that begins with these bytes. */
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
