const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const QUIET_MS = 700;

/** The active displays; all write to the same line. */
const displays = new Set<Progress>();
let holds = 0;

/** Clears the line for other output; the displays continue below it. */
export function clearProgress(): void {
  for (const display of displays) display.clear();
}

/** Hides every display until disposal, for a question to the user. */
export function holdProgress(): Disposable {
  clearProgress();
  holds += 1;
  return { [Symbol.dispose]: () => void (holds -= 1) };
}

/**
 * Shows the current work on standard error. On a terminal, parallel work shares one line, which each update overwrites;
 * elsewhere each step gets a line. Work that ends within `QUIET_MS` shows nothing.
 */
export class Progress {
  /** Texts by task. An empty text means that the task is done. */
  readonly #texts = new Map<string, string>();
  readonly #written = new Map<string, string>();
  #isDrawn = false;
  #frame = 0;
  readonly #started = Date.now();
  readonly #timer: NodeJS.Timeout;
  readonly #stream = process.stderr;

  constructor() {
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#timer.unref();
    displays.add(this);
  }

  /** Sets the current step of a task. `of` names the task if several run in parallel. An empty text ends it. */
  step(text: string, of = ''): void {
    this.#texts.set(of, text);
  }

  /** Clears the line for other output; the display continues below it. */
  clear(): void {
    if (this.#isDrawn) this.#stream.write('\r\u001b[2K');
    this.#isDrawn = false;
  }

  /** Ends the display. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    displays.delete(this);
    this.clear();
  }

  #draw(): void {
    if (holds > 0 || Date.now() - this.#started < QUIET_MS) return;
    if (this.#stream.isTTY) this.#overwrite([...this.#texts.values()].filter((text) => text !== ''));
    else this.#writeChanged();
  }

  #overwrite(texts: readonly string[]): void {
    if (texts.length === 0) return;
    this.#isDrawn = true;
    this.#frame = (this.#frame + 1) % FRAMES.length;
    const room = Math.max(10, this.#stream.columns - 4);
    this.#stream.write(`\r\u001b[2K${FRAMES[this.#frame] ?? ''} ${sharedLine(texts, room)}`);
  }

  #writeChanged(): void {
    for (const [of, text] of this.#texts) {
      if (text !== '' && text !== this.#written.get(of)) this.#stream.write(`${text}\n`);
      this.#written.set(of, text);
    }
  }
}

const BETWEEN = ' | ';

/**
 * Joins texts into one line of `columns` columns. If the room is short, no text gets more than its share, plus the room
 * that shorter texts leave. Pure.
 */
export function sharedLine(texts: readonly string[], columns: number): string {
  const shares: number[] = [];
  const shortestFirst = [...texts.entries()].toSorted(([, a], [, b]) => a.length - b.length);
  let left = columns - BETWEEN.length * (texts.length - 1);
  for (const [taken, [at, { length }]] of shortestFirst.entries()) {
    shares[at] = Math.min(length, Math.max(0, Math.floor(left / (texts.length - taken))));
    left -= shares[at];
  }
  return texts.map((text, at) => text.slice(0, shares[at])).join(BETWEEN);
}
