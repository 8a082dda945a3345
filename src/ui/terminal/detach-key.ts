/**
 * Ctrl-p Ctrl-q, as with Docker: lets go of a session and leaves it running. The first key is held back until the next
 * shows whether it was meant for the program. With the kitty keyboard protocol or modifyOtherKeys on, a key comes as a
 * sequence: those forms are recognised where they come in one piece, as terminals send them.
 */

/** A pattern for a key with Ctrl in all its forms; `code` is the letter's. Kitty adds `:1` for a press and `:2` for a repeat. */
function controlKey(control: string, code: number): string {
  return `(?:${control}|\\x1b\\[${code};5(?::[12])?u|\\x1b\\[27;5;${code}~)`;
}

/** Key releases, which some programs ask for: of `p` and of either Ctrl. */
const RELEASES = '(?:\\x1b\\[(?:112|57442|57448);[0-9]+:3u)*';
const FIRST = controlKey('\\x10', 112) + RELEASES;
const SECOND = controlKey('\\x11', 113);

const DETACH = new RegExp(FIRST + SECOND);
const UNDECIDED = new RegExp(`${FIRST}$`);

export interface Typed {
  /** What goes to the program. */
  readonly bytes: Buffer;
  /** The user asked to let go; what was typed after that is dropped. */
  readonly detach: boolean;
}

/** Watches what the user types for the detach key. */
export class DetachKey {
  #held = '';

  take(chunk: Uint8Array): Typed {
    const text = this.#held + Buffer.from(chunk).toString('latin1');
    const detachAt = text.search(DETACH);
    const undecidedAt = text.search(UNDECIDED);
    const end = detachAt >= 0 ? detachAt : undecidedAt >= 0 ? undecidedAt : text.length;
    this.#held = detachAt >= 0 ? '' : text.slice(end);
    return { bytes: Buffer.from(text.slice(0, end), 'latin1'), detach: detachAt >= 0 };
  }
}
