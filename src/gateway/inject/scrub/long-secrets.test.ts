import { expect, test } from 'vitest';
import { formsOf, type Form } from './forms.ts';
import { createScanner } from './scan.ts';
import { createScrub } from './scrub.ts';
import { Starts } from './starts.ts';

/** Tokens of some thousand characters: the tests count their cost in bytes held, and in reads of forms. */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Returns a token that looks random and is always the same. */
function tokenOf(length: number): string {
  let state = 7;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return LETTERS[state >>> 25];
  }).join('');
}

/** The total number of bytes; shared bytes count once. Other data in a pool of Node does not count. */
function bytesOf(forms: readonly Form[]): number {
  const ends = new Map<ArrayBufferLike, number>();
  let sum = 0;
  for (const { bytes } of forms.toSorted((one, other) => one.bytes.byteOffset - other.bytes.byteOffset)) {
    const from = Math.max(bytes.byteOffset, ends.get(bytes.buffer) ?? 0);
    const end = Math.max(bytes.byteOffset + bytes.length, from);
    sum += end - from;
    ends.set(bytes.buffer, end);
  }
  return sum;
}

test('forms of a value that contain one another share their memory', () => {
  const length = 8_192;
  const forms = formsOf([tokenOf(length)]);
  const each = forms.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(bytesOf(forms) / length).toBeLessThan(130);
  expect(each / length).toBeGreaterThan(165);
});

/** The same forms, with a count of the reads of their bytes. */
function counted(forms: readonly Form[]): { readonly forms: readonly Form[]; readonly reads: () => number } {
  let reads = 0;
  const handler: ProxyHandler<number[]> = {
    get: (bytes, key) => {
      if (typeof key === 'string' && /^\d/.test(key)) reads += 1;
      return Reflect.get(bytes, key) as unknown;
    },
  };
  const watched = forms.map((form) => ({
    ...form,
    bytes: new Proxy([...form.bytes], handler) as unknown as Uint8Array,
  }));
  return { forms: watched, reads: () => reads };
}

test.each([
  ['escapes', '%41%2d\\u0042&#67;x'],
  ['ends of lines', 'Zm9vYmFy\nMDEyMw\r\n'],
  ['escapes that end lines', 'QUJD\\n%0AREVG\\u000a'],
])('a text full of %s costs no more comparisons for a long secret than for a short one', (_, unit) => {
  const readsWith = (length: number): number => {
    const { forms, reads } = counted(formsOf([tokenOf(length)]));
    const scanner = createScanner(forms);
    const before = reads();
    scanner.find(Buffer.from(unit.repeat(300)));
    return reads() - before;
  };
  expect(readsWith(2_048)).toBeLessThan(3 * readsWith(128) + 300);
});

test.each(['', '\n', '\r\n  ', '\ndata: '])('a long one is found wherever its lines end with %j', (end) => {
  const scrub = createScrub([tokenOf(4_000), tokenOf(8_192)]);
  for (const value of [tokenOf(4_000), tokenOf(8_192)]) {
    for (const form of [Buffer.from(value).toString('base64'), Buffer.from(value).toString('hex')]) {
      const text = `<${form.replace(/.{76}(?!$)/g, `$&${end}`)}>`;
      expect(scrub.text(text).replaceAll('=', '*')).toBe(`<${'*'.repeat(text.length - 2)}>`);
    }
  }
});

test.each([1, 2, 3, 5, 75, 3_999, 4_000, 5_332])(
  'the costs stay the same where only one line ends, after %i characters',
  (at) => {
    const form = Buffer.from(tokenOf(4_000)).toString('base64').replace(/=+$/, '');
    const text = `${form.slice(0, at)}\n${form.slice(at)}`;
    const [left] = /^\**/.exec(createScrub([tokenOf(4_000)]).text(text)) ?? [];
    expect(left?.length).toBe(at === 1 ? 0 : text.length);
  },
);

/** Bytes with a count of their reads. */
function watched(text: string): { readonly bytes: Uint8Array; readonly reads: () => number } {
  let reads = 0;
  const bytes = new Proxy([...Buffer.from(text, 'latin1')], {
    get: (all, key) => {
      if (typeof key === 'string' && /^\d/.test(key)) reads += 1;
      return Reflect.get(all, key) as unknown;
    },
  });
  return { bytes: bytes as unknown as Uint8Array, reads: () => reads };
}

test('a mismatch ends the search backwards, whatever the rest contains', () => {
  // In a table by six bits, CR equals M, and the triples of `\rM\r` are all in a form that contains `MMM`.
  const secret = `${tokenOf(2_000)}${'M'.repeat(64)}`;
  const starts = new Starts(formsOf([secret]).filter(({ bytes }) => !bytes.includes(13)));
  const { bytes, reads } = watched('\rM'.repeat(4_000));
  for (let end = 6_000; end < 6_100; end += 1) starts.before(bytes, end, () => undefined);
  expect(reads()).toBeLessThan(100 * 30);
});
