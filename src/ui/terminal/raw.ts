import { writeSync } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';
import { DetachKey } from './detach-key.ts';
import { restoreSequence } from './restore.ts';

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * The user's own terminal in raw mode: every key goes to the bottle, Ctrl-C too. Disposing of it gives the terminal back;
 * if the process exits before that, it is given back then. Only where standard input and output are terminals.
 */
export class UserTerminal {
  /** What the user types, without the detach key. */
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

  /** Calls `listener` with each new size of the window, until disposal. */
  onResize(listener: (size: WindowSize) => void): void {
    const heard = (): void => listener(this.size);
    this.#resizeListeners.push(heard);
    process.stdout.on('resize', heard);
  }

  /** Gives the terminal back. The filter's end has restored what the program did to the screen. */
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

  /** A shell that stopped us and continues us has set the terminal to its own liking. */
  readonly #onContinue = (): void => {
    process.stdin.setRawMode(false);
    process.stdin.setRawMode(true);
  };

  /** The filter cannot end any more: the alternate screen may be on, so leave it. */
  readonly #onExit = (): void => {
    process.stdin.setRawMode(false);
    writeSync(STDOUT_FD, restoreSequence(ALTERNATE_SCREEN));
  };
}

const STDOUT_FD = 1;
const ALTERNATE_SCREEN = 1049;
