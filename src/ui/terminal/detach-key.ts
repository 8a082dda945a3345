/**
 * Ctrl-p Ctrl-q, as with Docker: detaches from a session and leaves it running. The first key is held back until the
 * next key shows whether it was meant for the program. With the kitty keyboard protocol or modifyOtherKeys on, the
 * terminal sends a key as a sequence. The code recognises such a sequence only in one piece, which is how terminals
 * send it.
 */

/**
 * A pattern for a Ctrl key in all its forms; `code` is the letter's code. Kitty adds `:1` for a press and `:2` for a
 * repeat.
 */
function controlKey(control: string, code: number): string {
  return `(?:${control}|\\x1b\\[${code};5(?::[12])?u|\\x1b\\[27;5;${code}~)`;
}

/** Key releases, which some programs request: those of `p` and of either Ctrl key. */
const RELEASES = '(?:\\x1b\\[(?:112|57442|57448);[0-9]+:3u)*';
const FIRST = controlKey('\\x10', 112) + RELEASES;
const SECOND = controlKey('\\x11', 113);

const DETACH = new RegExp(FIRST + SECOND);
const UNDECIDED = new RegExp(`${FIRST}$`);

export interface Typed {
  /** The bytes for the program. */
  readonly bytes: Buffer;
  /** The user asked to detach; bytes after the detach key are dropped. */
  readonly detach: boolean;
}

/** Searches the user's input for the detach key. */
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
