import { alternateScreenAfter, restoreAfterPipe, restoreSequence, whatIsLeft, type Left } from './restore.ts';
import { controlSequence, escapeSequence } from './sequences.ts';
import { REPLACEMENT, Utf8 } from './utf8.ts';

/**
 * Limits what a bottle can do to the user's terminal. The filter holds back a control sequence until it is complete,
 * and sends it only if the tables of sequences.ts list it. So the terminal's own parser is always idle between two of
 * our writes, and no cut, nested or malformed sequence can make it see one that the filter did not see. Text passes
 * unchanged; U+FFFD replaces bytes that are not UTF-8.
 */

const BEL = 0x07;
/** Switches to another character set. */
const SHIFT_OUT = 0x0e;
const CAN = 0x18;
const SUB = 0x1a;
const ESC = 0x1b;
const DEL = 0x7f;
const C1_STRING_TERMINATOR = 0x9c;

/** BEL, BS, HT, LF, VT, FF, CR, SO, SI. Absent: ENQ (makes the terminal type its answerback), XON and XOFF. */
const PASSED_CONTROLS: ReadonlySet<number> = new Set([0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f]);

/** Maximum length of a held sequence; longer than any in the tables. */
const MAX_BODY = 256;

/** The parser's position in a sequence. `string` is DCS, SOS, PM, APC or an 8-bit sequence: never sent. */
type State = 'ground' | 'escape' | 'csi' | 'osc' | 'string' | 'stringEscape';

/** The seven-bit characters after ESC that open a longer sequence. `k` is the title of screen and tmux. */
const OPENERS: Readonly<Record<string, State>> = {
  '[': 'csi',
  ']': 'osc',
  P: 'string',
  X: 'string',
  '^': 'string',
  _: 'string',
  k: 'string',
};

/** C1 controls that open a sequence. The filter drops sequences in this form, and all other C1 controls. */
const C1_OPENERS: Readonly<Record<number, State>> = {
  0x90: 'string',
  0x98: 'string',
  0x9b: 'csi',
  0x9d: 'osc',
  0x9e: 'string',
  0x9f: 'string',
};

const isPrintableAscii = (byte: number): boolean => byte >= 0x20 && byte < DEL;

/** Whether the byte passes and leaves the filter's state unchanged. */
const isPlain = (byte: number): boolean =>
  isPrintableAscii(byte) || (byte !== SHIFT_OUT && PASSED_CONTROLS.has(byte));

/**
 * Collects the bytes to send in a buffer that is large enough: one byte becomes at most U+FFFD, and a held sequence is
 * short.
 */
class Output {
  readonly #buffer: Buffer;
  #length = 0;

  constructor(chunkLength: number) {
    this.#buffer = Buffer.allocUnsafe(REPLACEMENT.length * (chunkLength + 1) + MAX_BODY);
  }

  add(byte: number): void {
    this.#buffer[this.#length++] = byte;
  }

  addAll(bytes: ArrayLike<number>): void {
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}

/** The destination of filtered output: a terminal, or a pipe that leads to a terminal or a program. */
export type FilteredSink = 'terminal' | 'pipe';

/** The filter of one session. Pure, except for its state from earlier bytes. */
export class OutputFilter {
  readonly #sink: FilteredSink;
  #hasChanged = false;
  #left: Left = 'nothing';
  #state: State = 'ground';
  #body = '';
  /** The tables cannot contain the sequence: drop it to its end. */
  #spoiled = false;
  #previous = 0;
  #alternateScreen: number | undefined;
  readonly #utf8 = new Utf8();
  #out = new Output(0);

  constructor(sink: FilteredSink = 'terminal') {
    this.#sink = sink;
  }

  /** Whether something was dropped or replaced so far. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /**
   * Returns the part of the output that reaches the terminal now. An incomplete character or sequence waits for the
   * next call.
   */
  filter(chunk: Uint8Array): Buffer {
    this.#out = new Output(chunk.length);
    for (let index = 0; index < chunk.length; index += 1) {
      const end = this.#endOfPlainText(chunk, index);
      if (end > index) {
        this.#out.addAll(chunk.subarray(index, end));
        index = end - 1;
      } else {
        this.#take(chunk[index] ?? 0);
      }
      this.#previous = chunk[index] ?? 0;
    }
    return this.#out.bytes;
  }

  /**
   * Ends the session: drops incomplete input and returns the sequence that restores the terminal. For a pipe, it
   * returns that sequence only if the program used the terminal, so that plain output stays unchanged.
   */
  finish(): Buffer {
    const cut = this.#utf8.isCut ? REPLACEMENT : [];
    if (this.#utf8.isCut || this.#state !== 'ground') this.#hasChanged = true;
    this.#utf8.reset();
    const restore =
      this.#sink === 'terminal'
        ? restoreSequence(this.#alternateScreen)
        : restoreAfterPipe(this.#left, this.#alternateScreen);
    this.#alternateScreen = undefined;
    this.#left = 'nothing';
    this.#ground();
    return Buffer.concat([Buffer.from(cut), Buffer.from(restore, 'latin1')]);
  }

  /** Most output is ASCII without sequences and passes in one piece. */
  #endOfPlainText(chunk: Uint8Array, start: number): number {
    if (this.#state !== 'ground' || this.#utf8.isCut) return start;
    let end = start;
    while (end < chunk.length && isPlain(chunk[end] ?? 0)) end += 1;
    return end;
  }

  #take(byte: number): void {
    switch (this.#state) {
      case 'ground':
        return this.#takeText(byte);
      case 'escape':
        return this.#takeEscape(byte);
      case 'csi':
        return this.#takeControl(byte);
      case 'osc':
      case 'string':
        return this.#takeString(byte);
      case 'stringEscape':
        if (byte !== 0x5c) this.#open('escape');
        return byte === 0x5c ? this.#ground() : this.#takeEscape(byte);
    }
  }

  #takeText(byte: number): void {
    const result = this.#utf8.take(byte);
    if (result === 'incomplete') return;
    if (result === 'invalid') this.#replace();
    // An ASCII byte that cuts a character off is itself a character.
    if (byte < 0x80) return this.#takeAscii(byte);
    if (result === 'invalid') return;
    if (result.length === 2 && result[0] === 0xc2 && byte < 0xa0) return this.#takeC1(byte);
    this.#out.addAll(result);
  }

  #takeAscii(byte: number): void {
    if (byte === SHIFT_OUT) this.#left = 'modes';
    if (byte === ESC) this.#open('escape');
    else if (isPrintableAscii(byte) || PASSED_CONTROLS.has(byte)) this.#out.add(byte);
    else this.#hasChanged = true;
  }

  #replace(): void {
    this.#hasChanged = true;
    this.#out.addAll(REPLACEMENT);
  }

  #takeC1(byte: number): void {
    this.#hasChanged = true;
    const opened = C1_OPENERS[byte];
    if (opened === undefined) return;
    this.#open(opened);
    this.#spoiled = true;
  }

  #takeEscape(byte: number): void {
    const character = String.fromCharCode(byte);
    const opened = this.#body === '' ? OPENERS[character] : undefined;
    if (opened !== undefined) this.#open(opened);
    else if (byte === ESC) this.#abandon(byte);
    else if (byte >= 0x20 && byte < 0x30) this.#collect(character);
    else if (byte >= 0x30 && byte < DEL) this.#decide(character, escapeSequence);
    else this.#abandon(byte);
  }

  #takeControl(byte: number): void {
    const character = String.fromCharCode(byte);
    if (byte >= 0x20 && byte < 0x40) this.#collect(character);
    else if (byte >= 0x40 && byte < DEL) this.#decide(character, controlSequence);
    else this.#abandon(byte);
  }

  /** Drops a string (OSC, DCS and their kin) and searches only for its end. */
  #takeString(byte: number): void {
    this.#hasChanged = true;
    if (byte === ESC) this.#state = 'stringEscape';
    else if (byte === CAN || byte === SUB) this.#ground();
    else if (byte === BEL && this.#state === 'osc') this.#ground();
    else if (byte === C1_STRING_TERMINATOR && this.#previous === 0xc2) this.#ground();
  }

  #decide(final: string, table: (body: string) => string | undefined): void {
    const body = this.#body + final;
    const sequence = table(body);
    // A sequence of several modes may pass without some of them.
    if (this.#spoiled || sequence?.endsWith(body) !== true) this.#hasChanged = true;
    if (sequence !== undefined && !this.#spoiled) {
      this.#left = whatIsLeft(sequence, this.#left);
      this.#alternateScreen = alternateScreenAfter(sequence, this.#alternateScreen);
      this.#out.addAll(Buffer.from(sequence, 'latin1'));
    }
    this.#ground();
  }

  #collect(character: string): void {
    if (this.#body.length < MAX_BODY) this.#body += character;
    else this.#spoiled = true;
  }

  #open(state: State): void {
    this.#state = state;
    this.#body = '';
    this.#spoiled = false;
  }

  #ground(): void {
    this.#open('ground');
  }

  /** Handles a byte that no sequence may contain: drops the sequence and treats the byte as text. */
  #abandon(byte: number): void {
    this.#hasChanged = true;
    this.#ground();
    this.#takeText(byte);
  }
}
