import { decodeHuffman } from './huffman.ts';
import { STATIC_FIELDS } from './static-table.ts';

/** Decodes the header blocks of one connection, each of which may refer to earlier ones (RFC 7541). */

/** A block that cannot be decoded. Later blocks of its connection cannot be decoded either. */
export class Unreadable extends Error {}

export interface DecodedFields {
  /** Alternating names and values, as Latin-1. */
  readonly fields: string[];
  /** The fields exceed the limit. `fields` excludes those that did not fit. */
  readonly isTooLong: boolean;
}

interface Field {
  readonly name: string;
  readonly value: string;
}

/** The default of SETTINGS_HEADER_TABLE_SIZE, which this code never changes. */
const TABLE_BYTES = 4_096;
/** Size of a field besides its characters (RFC 7541, 4.1). */
const FIELD_BYTES = 32;
/** Allows four bytes after the first one, which is more than any valid number needs here. */
const MAX_SHIFT = 21;

const STATIC: readonly Field[] = STATIC_FIELDS.map(([name, value]) => ({ name, value }));

/** Decodes the fields of one direction of a connection. */
export class Decoder {
  /** The newest entry is the last. */
  readonly #table: Field[] = [];
  #tableBytes = 0;
  #maxBytes = TABLE_BYTES;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /**
   * Decodes a whole block. Keeps fields up to `maxBytes`, counted by RFC 9113, 6.5.2.
   * @throws Unreadable
   */
  decode(block: Buffer, maxBytes: number): DecodedFields {
    this.#block = block;
    this.#at = 0;
    const fields: string[] = [];
    let left = maxBytes;
    while (this.#at < block.length) {
      const first = block[this.#at] ?? 0;
      if ((first & 0xe0) === 0x20) {
        this.#resize(this.#integer(5), fields.length > 0 || left < maxBytes);
        continue;
      }
      const { name, value } = first >= 0x80 ? this.#indexed(this.#integer(7)) : this.#literal(first);
      left -= name.length + value.length + FIELD_BYTES;
      if (left >= 0) fields.push(name, value);
    }
    this.#block = NOTHING;
    return { fields, isTooLong: left < 0 };
  }

  #literal(first: number): Field {
    const isKept = first >= 0x40;
    const index = this.#integer(isKept ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#indexed(index).name;
    const field = { name, value: this.#string() };
    if (isKept) this.#keep(field);
    return field;
  }

  #indexed(index: number): Field {
    const field =
      index <= STATIC.length ? STATIC[index - 1] : this.#table[this.#table.length - (index - STATIC.length)];
    if (field === undefined) throw new Unreadable(`it refers to field ${index}, which does not exist`);
    return field;
  }

  #keep(field: Field): void {
    this.#table.push(field);
    this.#tableBytes += field.name.length + field.value.length + FIELD_BYTES;
    this.#evict();
  }

  #resize(maxBytes: number, isLate: boolean): void {
    if (isLate) throw new Unreadable('it changes its table after the first field');
    if (maxBytes > TABLE_BYTES) throw new Unreadable(`it wants a table of ${maxBytes} bytes`);
    this.#maxBytes = maxBytes;
    this.#evict();
  }

  #evict(): void {
    while (this.#tableBytes > this.#maxBytes) {
      const oldest = this.#table.shift();
      if (oldest === undefined) return;
      this.#tableBytes -= oldest.name.length + oldest.value.length + FIELD_BYTES;
    }
  }

  /** Reads an integer by RFC 7541, 5.1: the rest of a byte, and if that is full, the next bytes. */
  #integer(bits: number): number {
    const full = (1 << bits) - 1;
    let value = this.#byte() & full;
    if (value < full) return value;
    for (let shift = 0; shift <= MAX_SHIFT; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Unreadable('a number in it is too large');
  }

  #string(): string {
    const isCoded = (this.#block[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#block.length) throw new Unreadable('it ends within a string');
    this.#at = end;
    if (!isCoded) return this.#block.toString('latin1', start, end);
    const text = decodeHuffman(this.#block, start, end);
    if (text === undefined) throw new Unreadable('it contains an invalid Huffman code');
    return text;
  }

  #byte(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw new Unreadable('it ends within a field');
    this.#at += 1;
    return byte;
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
