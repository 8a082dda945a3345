/** The field name before an event's data. */
const FIELD = Buffer.from('data:');
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

interface EventHandlers {
  /** Called with a piece of an event's data. */
  readonly data: (bytes: Uint8Array) => void;
  /** Called at the end of an event. */
  readonly over: () => void;
}

/**
 * Parses the data of server-sent events as they pass, in pieces as long as the arrived part of a line, without a
 * buffer. WHATWG HTML, 9.2.6. Skips comments and other fields.
 */
export class EventData {
  readonly #handlers: EventHandlers;
  /** How many bytes of `FIELD` the line has started with so far. -1 in a line of another field. */
  #matched = 0;
  #isEmpty = true;
  /** A line feed after a carriage return does not end another line. */
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

  /** Returns the start of the next line. */
  #endLine(rest: Uint8Array, at: number): number {
    this.#give(rest);
    if (this.#isEmpty) this.#handlers.over();
    [this.#matched, this.#isEmpty] = [0, true];
    return at + 1;
  }

  /** Returns the possible start of data. */
  #match(byte: number | undefined, at: number): number {
    this.#isEmpty = false;
    this.#matched = this.#matched >= 0 && byte === FIELD[this.#matched] ? this.#matched + 1 : -1;
    return at + 1;
  }
}

/** Returns the end of the line, or of the bytes. */
function restOfLine(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) at += 1;
  return at;
}
