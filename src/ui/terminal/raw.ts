import { writeSync } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';
import { DetachKey } from './detach-key.ts';
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
