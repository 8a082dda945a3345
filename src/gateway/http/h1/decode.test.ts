import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { decoderFor } from './decode.ts';
import { type Framing, Malformed } from './head.ts';
import { writeChunkSize, writeLastChunk } from './write.ts';

interface Decoded {
  readonly content: string;
  readonly trailers: readonly string[];
  readonly isDone: boolean;
  /** Bytes that belong to it. */
  readonly used: number;
}

/** Splits into pieces of these lengths, over and over. */
function decode(framing: Framing, text: string, lengths: readonly number[] = [text.length || 1]): Decoded {
  const decoder = decoderFor(framing);
  const bytes = Buffer.from(text, 'latin1');
  const pieces: Buffer[] = [];
  let used = 0;
  for (let turn = 0; used < bytes.length && !decoder.isDone; turn += 1) {
    const piece = bytes.subarray(used, used + (lengths[turn % lengths.length] ?? 1));
    used += decoder.decode(piece, (content) => pieces.push(content));
  }
  const content = Buffer.concat(pieces).toString('latin1');
  return { content, trailers: decoder.trailers, isDone: decoder.isDone, used };
}

const chunks = (pieces: readonly string[], trailers: readonly string[] = []): string =>
  pieces.map((piece) => `${writeChunkSize(piece.length)}${piece}\r\n`).join('') + writeLastChunk(trailers);

test.each<[string, string, Partial<Decoded>]>([
  ['chunks', '5\r\nhello\r\n0\r\n\r\n', { content: 'hello', isDone: true, used: 15 }],
  ['no chunk', '0\r\n\r\n', { content: '', isDone: true }],
  ['a last chunk with more than one zero', '000\r\n\r\n', { isDone: true }],
  ['sizes with zeros before', '0005\r\nhello\r\n0\r\n\r\n', { content: 'hello' }],
  ['sizes in capitals', 'A\r\n0123456789\r\n0\r\n\r\n', { content: '0123456789' }],
  ['an extension of a chunk', '1;a=b;c="d"\r\nx\r\n0;e\r\n\r\n', { content: 'x', isDone: true }],
  ['trailers', '0\r\nA: b\r\nC:\r\n\r\n', { trailers: ['A', 'b', 'C', ''], isDone: true }],
  ['trailers', '1\r\nx\r\n0\r\n\r\nGET /', { content: 'x', used: 11 }],
  ['an end that is not here', '5\r\nhello\r\n0\r\n', { content: 'hello', isDone: false }],
])('reads chunks: %s', (_, text, decoded) => {
  expect(decode('chunked', text)).toMatchObject(decoded);
});

describe('malformed chunks', () => {
  test.each([
    ['no size', '\r\n\r\n'],
    ['a size with 0x', '0x5\r\nhello'],
    ['a signed size', '+5\r\nhello'],
    ['a negative size', '-1\r\n'],
    ['a size with a space behind', '5 \r\nhello'],
    ['a size with a space before', ' 5\r\nhello'],
    ['a space before a chunk extension', '5 ;a\r\nhello'],
    ['a size that is too large', 'ffffffffffffffff5\r\nhello'],
    ['a size of very many zeros', `${'0'.repeat(2_000)}5\r\n`],
    ['an empty chunk extension', '5;\r\nhello'],
    ['nothing in quotes that end', '5;a="b\r\nhello'],
    ['no value', '5;a=\r\nhello'],
    ['much that is said of a chunk', `5;${'a'.repeat(2_000)}\r\n`],
    ['an endless chunk extension', `5;${'a'.repeat(2_000)}`],
    ['a line feed in a chunk extension', '5;a\nX: y\r\nhello'],
    ['a carriage return in a chunk extension', '5;a\rb\r\nhello'],
    ['NUL in a chunk extension', '5;\0\r\nhello'],
    ['bare line feeds', '5\nhello\n0\n\n'],
    ['a bare line feed behind a chunk', '5\r\nhello\n0\r\n\r\n'],
    ['more than its size', '5\r\nhello!\r\n0\r\n\r\n'],
    ['a malformed trailer', '0\r\nA b\r\n\r\n'],
    ['a trailer that is folded', '0\r\nA: b\r\n c\r\n\r\n'],
    ['a space before the colon of a trailer', '0\r\nA : b\r\n\r\n'],
    ['a bare line feed in trailers', '0\r\nA: b\nC: d\r\n\r\n'],
    ['very long trailers', `0\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`],
    ['very many trailers', `0\r\n${'A: b\r\n'.repeat(4_000)}\r\n`],
  ])('are refused: %s', (_, text) => {
    expect(() => decode('chunked', text)).toThrow(Malformed);
    expect(() => decode('chunked', text, [1])).toThrow(Malformed);
  });
});

test('content with a length, or until the connection ends, is read', () => {
  expect(decode(5, 'hello!')).toMatchObject({ content: 'hello', isDone: true, used: 5 });
  expect(decode(5, 'hell')).toMatchObject({ content: 'hell', isDone: false });
  expect(decode('close', 'hello')).toMatchObject({ content: 'hello', isDone: false });
  expect([decoderFor('close').mayEnd, decoderFor(5).mayEnd, decoderFor('chunked').mayEnd]).toEqual([
    true,
    false,
    false,
  ]);
});

test('content is the same however its bytes are cut, and equals what was written', () => {
  const piece = fc.string({ minLength: 1, maxLength: 20, unit: 'binary-ascii' });
  const trailers = fc.constantFrom([], ['X-Sum', '1'], ['A', '', 'B', 'c d']);
  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(piece), trailers, lengths, (pieces, behind, cuts) => {
      const text = chunks(pieces, behind);
      const whole = decode('chunked', `${text}more`);
      expect(whole).toEqual({ content: pieces.join(''), trailers: behind, isDone: true, used: text.length });
      expect(decode('chunked', `${text}more`, cuts)).toEqual(whole);
    }),
  );
});

test('any bytes, however they are cut, are read in one way or refused', () => {
  const word = fc.constantFrom(
    '0',
    '1',
    '5',
    'f',
    ';',
    'a',
    ' ',
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    ':',
    'A: b',
  );
  const read = (text: string, cuts?: readonly number[]): Decoded | 'refused' => {
    try {
      return decode('chunked', text, cuts);
    } catch {
      return 'refused';
    }
  };
  fc.assert(
    fc.property(fc.array(word, { maxLength: 14 }), fc.integer({ min: 1, max: 4 }), (words, cut) => {
      const text = words.join('');
      expect(read(text, [cut])).toEqual(read(text));
    }),
    { numRuns: runs(2_000) },
  );
});
