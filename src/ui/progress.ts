import { sharedLine } from './shared-line.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const QUIET_MS = 700;

/** Those that show something now; all write to the same line. */
const displays = new Set<Progress>();
let holds = 0;

/** Leaves a clean line for something else; displays go on below it. */
export function clearProgress(): void {
  for (const display of displays) display.clear();
}

/** Keeps every display off the screen until disposal: for a question to the user. */
export function holdProgress(): Disposable {
  clearProgress();
  holds += 1;
  return { [Symbol.dispose]: () => void (holds -= 1) };
}

/**
 * What is going on, on standard error. On a terminal one line that is overwritten, shared by all that is done side by side;
 * elsewhere a line per step. Work that is over within `QUIET_MS` shows nothing.
 */
export class Progress {
  /** By what they are about; one that is over is empty. */
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

  /** Says what is being done now: of this, where several are done side by side. Nothing: it is over. */
  step(text: string, of = ''): void {
    this.#texts.set(of, text);
  }

  /** Leaves a clean line for something else; the display goes on below it. */
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
