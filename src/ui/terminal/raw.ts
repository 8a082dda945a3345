import { writeSync } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';
import { restoreSequence } from './restore.ts';

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * The user's terminal in raw mode: every key goes to the bottle, including Ctrl-C. Disposal restores the terminal; so
 * does an earlier exit of the process. Requires that standard input and output are terminals.
 */
export class UserTerminal {
  /** The user's input without the detach key. */
  readonly input: Readable;
  /** Settles when the user types the detach key. */
  readonly detached: Promise<void>;
  readonly #typed = new PassThrough();
  readonly #detachKey = new DetachKey();
  readonly #resizeListeners: (() => void)[] = [];
  #letGo: () => void = () => {};

  constructor() {
    this.input = this.#typed;
    this.detached = new Promise((resolve) => (this.#letGo = resolve));
    process.stdin.on('data', this.#onData);
    process.stdin.on('end', this.#onEnd);
    process.on('SIGCONT', this.#onContinue);
    process.on('exit', this.#onExit);
    process.stdin.setRawMode(true);
  }

  get size(): WindowSize {
    return { columns: process.stdout.columns, rows: process.stdout.rows };
  }

  /** Calls `listener` with each new size of the window until disposal. */
  onResize(listener: (size: WindowSize) => void): void {
    const heard = (): void => listener(this.size);
    this.#resizeListeners.push(heard);
    process.stdout.on('resize', heard);
  }

  /** Restores the terminal's mode. The filter's end has already undone the program's changes to the screen. */
  [Symbol.dispose](): void {
    process.stdin.off('data', this.#onData);
    process.stdin.off('end', this.#onEnd);
    process.off('SIGCONT', this.#onContinue);
    process.off('exit', this.#onExit);
    for (const listener of this.#resizeListeners) process.stdout.off('resize', listener);
    process.stdin.setRawMode(false);
    process.stdin.pause();
    this.#typed.end();
  }

  readonly #onData = (chunk: Uint8Array): void => {
    const { bytes, detach } = this.#detachKey.take(chunk);
    if (bytes.length > 0) this.#typed.write(bytes);
    if (detach) this.#letGo();
  };

  readonly #onEnd = (): void => {
    this.#typed.end();
  };

  /** A shell that stops and continues this process sets the terminal to its own mode; this sets raw mode again. */
  readonly #onContinue = (): void => {
    process.stdin.setRawMode(false);
    process.stdin.setRawMode(true);
  };

  /** The filter can no longer finish. The alternate screen may be on, so leave it. */
  readonly #onExit = (): void => {
    process.stdin.setRawMode(false);
    writeSync(STDOUT_FD, restoreSequence(ALTERNATE_SCREEN));
  };
}

const STDOUT_FD = 1;
const ALTERNATE_SCREEN = 1049;

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

interface Typed {
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
