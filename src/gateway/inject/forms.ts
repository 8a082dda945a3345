import { Buffer } from 'node:buffer';

/** The forms that a value takes in what others write: as it stands, in base64 wherever it lies in a longer text, in hex. */

export interface Form {
  /** Which of the values this is a form of, by its place. */
  readonly value: number;
  readonly bytes: Uint8Array;
  /** Base64: encoders cut it into lines (RFC 2045, 6.8). */
  readonly isCut: boolean;
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
    const hex = bytes.toString('hex');
    const whole = [text, hex, hex.toUpperCase()].map((form) => ({ form, isCut: false }));
    const cut = base64Forms(bytes).map((form) => ({ form, isCut: true }));
    return [...whole, ...cut].map(({ form, isCut }) => ({ value, bytes: Buffer.from(form), isCut }));
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
    const ends = [Math.floor(((before + bytes.length) * 8) / 6), text.length];
    // Lines are cut between groups of four: the last character of one can be alone on its line.
    return (from % 4 === 3 ? [from, from + 1] : [from]).flatMap((start) =>
      ends.map((end) => text.slice(start, end)),
    );
  });
  return [...standard, ...standard.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
}
