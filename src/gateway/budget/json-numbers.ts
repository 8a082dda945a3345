/**
 * Limits of the parser. It skips deeper objects, lists in objects and in lists, and the rest of keys longer than any
 * that a caller looks for.
 */
const DEEPEST = 3;
const LONGEST_KEY = 64;
const LONGEST_NUMBER = 24;

const byteOf = (character: string): number => character.charCodeAt(0);
const QUOTE = byteOf('"');
const BACKSLASH = byteOf('\\');
const OPEN = byteOf('{');
const CLOSE = byteOf('}');
const OPEN_LIST = byteOf('[');
const CLOSE_LIST = byteOf(']');
const COLON = byteOf(':');
const COMMA = byteOf(',');

/** Characters of a number: RFC 8259, 6. */
const isOfNumber = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x2d ||
  byte === 0x2b ||
  byte === 0x2e ||
  byte === 0x45 ||
  byte === 0x65;

/**
 * Finds the numbers in the outer objects of a JSON text, or in the items of an outer list, as the text passes. It keeps
 * only the keys that lead to its position, so the text may have any length. Text that is not JSON gives no numbers, or
 * wrong ones. It never throws.
 */
export class JsonNumbers {
  readonly #onNumber: (path: string, value: number) => void;
  /** The keys of the open objects, from the outermost. */
  readonly #keys: string[] = [];
  /** The number of open brackets in a skipped part. */
  #passing = 0;
  #isInText = false;
  #isEscaped = false;
  #isKey = false;
  #key = '';
  #number = '';
  #isInList = false;

  /** `onNumber` gets the keys that lead to the number, joined by dots. */
  constructor(onNumber: (path: string, value: number) => void) {
    this.#onNumber = onNumber;
  }

  /** Resets the position for a new text. */
  begin(): void {
    this.#keys.length = 0;
    [this.#passing, this.#number, this.#key] = [0, '', ''];
    [this.#isInText, this.#isEscaped, this.#isKey, this.#isInList] = [false, false, false, false];
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 1) {
      if (this.#isInText) at = this.#plainText(bytes, at);
      const byte = bytes[at];
      if (byte === undefined) return;
      if (this.#isInText) this.#inText(byte);
      else if (this.#passing > 0) this.#pass(byte);
      else this.#outside(byte);
    }
  }

  /**
   * Skips text without meaning here, which is most of an answer. Returns the position of the first byte with a meaning.
   */
  #plainText(bytes: Uint8Array, from: number): number {
    if (this.#isEscaped || (this.#isKey && this.#passing === 0)) return from;
    let at = from;
    while (at < bytes.length && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at += 1;
    return at;
  }

  #inText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) return this.#endText();
    if (this.#isKey && this.#passing === 0 && this.#key.length < LONGEST_KEY) {
      this.#key += String.fromCharCode(byte);
    }
  }

  #endText(): void {
    this.#isInText = false;
    const depth = this.#keys.length;
    if (this.#isKey && this.#passing === 0 && depth > 0) this.#keys[depth - 1] = this.#key;
  }

  #pass(byte: number): void {
    if (byte === QUOTE) this.#isInText = true;
    else if (byte === OPEN || byte === OPEN_LIST) this.#passing += 1;
    else if (byte === CLOSE || byte === CLOSE_LIST) this.#passing -= 1;
  }

  #outside(byte: number): void {
    if (!this.#isKey && isOfNumber(byte)) {
      if (this.#number.length < LONGEST_NUMBER) this.#number += String.fromCharCode(byte);
      return;
    }
    this.#endNumber();
    if (byte === QUOTE) [this.#isInText, this.#key] = [true, ''];
    else if (byte === COLON) this.#isKey = false;
    else if (byte === COMMA) this.#isKey = true;
    else if (byte === CLOSE) this.#keys.pop();
    else if (byte === OPEN_LIST && this.#keys.length === 0 && !this.#isInList) this.#isInList = true;
    else if (byte === OPEN_LIST || (byte === OPEN && this.#keys.length === DEEPEST)) this.#passing = 1;
    else if (byte === OPEN) this.#open();
  }

  #open(): void {
    this.#keys.push('');
    this.#isKey = true;
  }

  #endNumber(): void {
    if (this.#number === '') return;
    const value = Number(this.#number);
    this.#number = '';
    if (!Number.isNaN(value)) this.#onNumber(this.#keys.join('.'), value);
  }
}
