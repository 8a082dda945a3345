const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const QUIET_MS = 700;

/**
 * What is going on, on standard error. On a terminal one line that is overwritten; elsewhere a line per step.
 * Work that is over within `QUIET_MS` shows nothing.
 */
export class Progress {
  #text = '';
  #shown = '';
  #frame = 0;
  readonly #started = Date.now();
  readonly #timer: NodeJS.Timeout;
  readonly #stream = process.stderr;

  constructor() {
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#timer.unref();
  }

  /** Says what is being done now. */
  step(text: string): void {
    this.#text = text;
  }

  /** Leaves a clean line for something else; the display goes on below it. */
  clear(): void {
    if (this.#stream.isTTY && this.#shown !== '') this.#stream.write('\r\u001b[2K');
  }

  /** Ends the display. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #draw(): void {
    if (this.#text === '' || Date.now() - this.#started < QUIET_MS) return;
    if (this.#stream.isTTY) {
      this.#frame = (this.#frame + 1) % FRAMES.length;
      const room = Math.max(10, this.#stream.columns - 4);
      this.#stream.write(`\r\u001b[2K${FRAMES[this.#frame] ?? ''} ${this.#text.slice(0, room)}`);
    } else if (this.#text !== this.#shown) {
      this.#stream.write(`${this.#text}\n`);
    }
    this.#shown = this.#text;
  }
}
