import { Buffer } from 'node:buffer';

/** The forms that a value takes in what others write: as it stands, in base64 wherever it lies in a longer text, in hex. */

export interface Form {
  /** Which of the values this is a form of, by its place. */
  readonly value: number;
  readonly bytes: Uint8Array;
}

export interface Found {
  readonly from: number;
  readonly to: number;
  /** Which of the values. */
  readonly value: number;
}

/** All forms of all values, each once. */
export function formsOf(values: readonly string[]): readonly Form[] {
  const forms = values.flatMap((text, value) => {
    const bytes = Buffer.from(text);
    return [text, ...base64Forms(bytes), bytes.toString('hex'), bytes.toString('hex').toUpperCase()].map(
      (form) => ({ value, bytes: Buffer.from(form) }),
    );
  });
  return [...new Map(forms.map((form) => [form.bytes.toString('latin1'), form])).values()];
}

/**
 * Of base64 (RFC 4648), the characters that these bytes alone decide, for each of the three places in a group of three that
 * they can begin at; and once more with the last one, as it is where the text ends with them.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  const standard = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = Math.ceil((before * 8) / 6);
    return [text.slice(from, Math.floor(((before + bytes.length) * 8) / 6)), text.slice(from)];
  });
  return [...standard, ...standard.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
}
