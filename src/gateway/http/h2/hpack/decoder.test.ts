import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decoder, Unreadable } from './decoder.ts';
import { encodeFields } from './encode.ts';

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const decodeAll = (blocks: readonly string[]): string[][] => {
  const decoder = new Decoder();
  return blocks.map((hex) => decoder.decode(bytesOf(hex), 65_536).fields);
};

/** Examples of RFC 7541, Appendix C. */
const C3 = [
  [[':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com']],
  [
    [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'],
    ['cache-control', 'no-cache'],
  ],
  [
    [':method', 'GET', ':scheme', 'https', ':path', '/index.html', ':authority', 'www.example.com'],
    ['custom-key', 'custom-value'],
  ],
].map((fields) => fields.flat());

describe('the examples of RFC 7541', () => {
  test.each([
    [
      'C.2.1',
      '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      ['custom-key', 'custom-header'],
    ],
    ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', [':path', '/sample/path']],
    ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', ['password', 'secret']],
    ['C.2.4', '82', [':method', 'GET']],
  ])('are encoded and decoded: %s', (_, hex, fields) => {
    expect(decodeAll([hex])).toEqual([fields]);
  });

  test('C.3: requests in plain text', () => {
    const blocks = [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ];
    expect(decodeAll(blocks)).toEqual(C3);
  });

  test('C.4: requests in Huffman code', () => {
    const blocks = [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ];
    expect(decodeAll(blocks)).toEqual(C3);
  });

  test('C.6: answers in Huffman code, in a table that is full', () => {
    const decoder = new Decoder();
    const decode = (hex: string): string[] => decoder.decode(bytesOf(hex), 65_536).fields;
    decode('3fe1 01'); // 256 bytes, as in the example
    const date = 'Mon, 21 Oct 2013 20:13:21 GMT';
    const place = ['location', 'https://www.example.com'];
    const first = '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6';
    expect(decode(`${first} 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`)).toEqual(
      [[':status', '302', 'cache-control', 'private', 'date', date, ...place]].flat(),
    );
    expect(decode('4883 640e ffc1 c0bf')).toEqual(
      [[':status', '307', 'cache-control', 'private', 'date', date, ...place]].flat(),
    );
    const third = '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad';
    const cookie = '94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587';
    expect(decode(`${third} ${cookie} 3160 65c0 03ed 4ee5 b106 3d50 07`)).toEqual(
      [
        [':status', '200', 'cache-control', 'private', 'date', 'Mon, 21 Oct 2013 20:13:22 GMT', ...place],
        ['content-encoding', 'gzip'],
        ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
      ].flat(),
    );
  });
});

describe('malformed header blocks', () => {
  test.each([
    ['field 0', '80'],
    ['a field that is not there', 'be'],
    ['the end of a text in a text', '00 01 78 84 ffffffff'],
    ['a text that ends in zeros', '00 01 78 81 18'],
    ['a text with eight bits of padding', '00 01 78 82 1fff'],
    ['a text that is cut', '00 01 78 05 61'],
    ['a number that is cut', '7f'],
    ['a number that does not end', '7f ffffffffffff 0f'],
    ['a table that is too large', '3f e2 1f'],
    ['a table that changes behind a field', '82 20'],
  ])('are refused: %s', (_, hex) => {
    expect(() => decodeAll([hex])).toThrow(Unreadable);
  });

  test('a table of 0 bytes keeps nothing', () => {
    expect(() => decodeAll(['20 40 01 61 01 62', 'be'])).toThrow(Unreadable);
    expect(decodeAll(['40 01 61 01 62', 'be'])).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });
});

test('no more fields are kept than wanted, and the table is still kept', () => {
  const decoder = new Decoder();
  const { fields, isTooLong } = decoder.decode(bytesOf('40 01 61 01 62 be be'), 2 * 34);
  expect({ fields, isTooLong }).toEqual({ fields: ['a', 'b', 'a', 'b'], isTooLong: true });
  expect(decoder.decode(bytesOf('be'), 100).fields).toEqual(['a', 'b']);
});

/** Returns whether all blocks have names and values, or one cannot be decoded. */
function isSound(blocks: readonly Uint8Array[]): boolean {
  const decoder = new Decoder();
  try {
    return blocks.every((block) => decoder.decode(Buffer.from(block), 4_096).fields.length % 2 === 0);
  } catch (error) {
    if (error instanceof Unreadable) return true;
    throw error;
  }
}

test('any bytes become fields or are refused', () => {
  const block = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(fc.array(block, { maxLength: 5 }), (blocks) => {
      expect(isSound(blocks)).toBe(true);
    }),
  );
});

const name = fc.stringMatching(/^[a-z0-9-]{1,20}$/).filter((text) => !FORBIDDEN.has(text));
const FORBIDDEN = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade']);
const value = fc
  .array(fc.constantFrom('a', ' ', '\t', '~', '\xe9', '"', '0'.repeat(130)), { maxLength: 9 })
  .map((parts) => parts.join(''));

test('encoded fields read back unchanged', () => {
  const pseudo = fc.constantFrom(
    [':method', 'GET'],
    [':path', '/'],
    [':status', '200'],
    [':authority', 'a.b'],
  );
  const field = fc.oneof(fc.tuple(name, value), pseudo);
  fc.assert(
    fc.property(fc.array(field, { maxLength: 12 }), (pairs) => {
      const block = Buffer.from(encodeFields(pairs.flat()), 'latin1');
      expect(new Decoder().decode(block, 1e6).fields).toEqual(pairs.flat());
    }),
  );
});

test('forbidden fields are left out, and unwritable ones are refused', () => {
  const decode = (fields: readonly string[]): string[] =>
    new Decoder().decode(Buffer.from(encodeFields(fields), 'latin1'), 1e6).fields;
  expect(decode(['X-A', '1', 'Connection', 'close', 'Transfer-Encoding', 'chunked'])).toEqual(['x-a', '1']);
  for (const fields of [
    ['a b', ''],
    ['', ''],
    ['x', 'a\nb'],
    ['x', '\u{20ac}'],
  ])
    expect(() => encodeFields(fields)).toThrow('cannot be written');
});

test('secret fields are marked as never indexed (RFC 7541, 6.2.3)', () => {
  const first = (key: string): number => encodeFields([key, 'x']).charCodeAt(0) & 0xf0;
  expect([first('authorization'), first('Cookie'), first('x-api-key')]).toEqual([0x10, 0x10, 0x10]);
  expect([first('accept'), first('x-other')]).toEqual([0, 0]);
});
