/** What stands before the data of an event. */
const FIELD = Buffer.from('data:');
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

interface EventHandlers {
  /** A piece of an event's data. */
  readonly data: (bytes: Uint8Array) => void;
  /** The event is over. */
  readonly over: () => void;
}

/**
 * The data of server-sent events as it passes, in pieces, each as long as what arrived of a line: nothing is kept. WHATWG
 * HTML, 9.2.6; comments and other fields are passed over.
 */
export class EventData {
  readonly #handlers: EventHandlers;
  /** How many bytes of `FIELD` the line began with so far; -1 in a line of something else. */
  #matched = 0;
  #isEmpty = true;
  /** A line feed behind a carriage return ends no line of its own. */
  #isAfterReturn = false;

  constructor(handlers: EventHandlers) {
    this.#handlers = handlers;
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      if (this.#isInData) at = restOfLine(bytes, at);
      const byte = bytes[at];
      const isLineEnd = byte === LINE_FEED || byte === CARRIAGE_RETURN;
      if (byte === LINE_FEED && this.#isAfterReturn) from = at + 1;
      else if (isLineEnd) from = this.#endLine(bytes.subarray(from, at), at);
      else if (!this.#isInData) from = this.#match(byte, at);
      this.#isAfterReturn = byte === CARRIAGE_RETURN;
    }
    this.#give(bytes.subarray(from));
  }

  get #isInData(): boolean {
    return this.#matched === FIELD.length;
  }

  #give(bytes: Uint8Array): void {
    if (this.#isInData && bytes.length > 0) this.#handlers.data(bytes);
  }

  /** Gives where the next line begins. */
  #endLine(rest: Uint8Array, at: number): number {
    this.#give(rest);
    if (this.#isEmpty) this.#handlers.over();
    [this.#matched, this.#isEmpty] = [0, true];
    return at + 1;
  }

  /** Gives where data may begin. */
  #match(byte: number | undefined, at: number): number {
    this.#isEmpty = false;
    this.#matched = this.#matched >= 0 && byte === FIELD[this.#matched] ? this.#matched + 1 : -1;
    return at + 1;
  }
}

/** Where the line ends, or the bytes do. */
function restOfLine(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) at += 1;
  return at;
}
