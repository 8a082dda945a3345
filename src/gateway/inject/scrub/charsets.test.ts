import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { run } from '../../../host/run.ts';
import { unreadableCharset, withoutCharset } from './charsets.ts';

describe('Accept headers', () => {
  test.each([
    ['application/json;charset=UTF-32', 'application/json'],
    ['application/json ; Charset = "utf-32"', 'application/json'],
    ['text/plain;CHARSET=IBM037;q=0.5, */*;q=0.1', 'text/plain;q=0.5, */*;q=0.1'],
    ['text/plain;q=0.5;charset=IBM037 , */*', 'text/plain;q=0.5 , */*'],
    ['a/b;charset=x,c/d;charset=y;charset="z"', 'a/b,c/d'],
    ["a/b;charset*=utf-8''utf-32", 'a/b'],
    ['a/b;charset', 'a/b'],
    // Some readers do not support quoted strings, or disagree on where one ends.
    ['a/b;title="x;charset=utf-32";q=1', 'a/b;title="x";q=1'],
    ['a/b;x="\\";charset=utf-32;y=\\""', 'a/b;x="\\";y=\\""'],
    ['a/b;x=";charset=utf-32', 'a/b;x="'],
    ['a/b;;charset=""charset=utf-32', 'a/b;'],
    ['a/b;\xa0charset=utf-32', 'a/b'],
  ])('lose only their charset: %s', (accept, left) => expect(withoutCharset(accept)).toBe(left));

  test.each([
    '*/*',
    'text/html,application/xhtml+xml , application/xml;q=0.9,\t*/*; q=0.8',
    'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted; a, b"',
    'application/vnd.charset+json; charsets=1;x-charset=2;the=charset',
    '',
    ';, ;;"',
  ])('lose everything: %s', (accept) => expect(withoutCharset(accept)).toBe(accept));

  test('contain no charset afterwards, and stay unchanged without one', () => {
    const piece = fc.constantFrom(
      ';',
      ',',
      ' ',
      '"',
      '\\',
      '=',
      'charset',
      'Charset=',
      'utf-32',
      'a/b',
      'q=1',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const accept = pieces.join('');
        const cut = withoutCharset(accept);
        expect(cut).not.toMatch(/;[^\w-]*charset(?![\w-])/i);
        expect(withoutCharset(cut)).toBe(cut);
        expect(cut === accept || /charset/i.test(accept)).toBe(true);
      }),
    );
  });

  test('are read in linear time', () => {
    for (const part of [' ', ';', ';charset="\\"', ' ;charset=""'])
      expect(withoutCharset(part.repeat(100_000)).length).toBeLessThanOrEqual(part.length * 100_000);
  });
});

/** Charsets in which ASCII bytes have their usual meaning, and no other. */
const READ = [
  'utf-8 UTF8 us-ascii ascii',
  'iso-8859-1 ISO_8859-15 iso8859-2 iso-8859-8-i latin1',
  'windows-1252 cp1251 windows-874 windows-31j windows-949',
  'gbk gb2312 gb18030 big5 Big5-HKSCS euc-jp EUC-KR koi8-r KOI8-U macintosh tis-620',
  'ANSI_X3.4-1968 iso646-us ISO_8859-1:1987 iso_8859-8:1988 iso-8859-16 latin10 8859-1 8859_15 iso88591',
  'unicode-1-1-utf-8 utf8mb4 utf8mb3 cp65001 x-gbk x-euc-jp x-cp1252 x-mac-roman ks_c_5601-1987 ksc5601',
  'cp949 ms949 cp936 cp932 cp950 euc-tw euc-cn koi8-t cp437 IBM437 cp850 ibm852 cp866 none undefined null',
  'cp737 cp775 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp865 cp869',
].flatMap((labels) => labels.split(' '));
const NOT_READ = [
  // The scrub would find a secret in these only as it stands, and in no other form.
  'utf-16 utf-16le UTF-16BE utf16 ucs-2',
  'utf-7 utf-7-imap utf-32 UTF-32LE UTF-32BE ucs-4 scsu bocu-1 utf-1 utf-ebcdic cesu-8',
  'ibm037 IBM1047 ebcdic-cp-us cp037 cp500 x-ibm930',
  'iso-2022-jp ISO-2022-KR iso-2022-cn hz-gb-2312 hz iso-10646-ucs-4',
  // These have another character in place of the backslash or the tilde.
  'shift_jis johab iso-646-fr din_66003 iso_646.irv:1983 cp864 ibm864',
  'ibm273 cp1047 ibm500 ibm-930 x-ibm437 cp4370 8859-17 iso-8859-1:87 utf8mb5 nonesuch nullx',
  'utf-8x xutf-8 iso-8859-17 windows-037 made-up \\utf-8',
].flatMap((labels) => labels.split(' '));

describe('answers with a charset', () => {
  test.each(READ)('are scrubbed in %s', (label) => {
    for (const type of [
      `text/plain;charset=${label}`,
      `text/plain; x=1; CHARSET="${label}"; y=2`,
      `text/plain; charset = ${label.toUpperCase()} `,
    ])
      expect(unreadableCharset([type])).toBeUndefined();
  });

  test.each(NOT_READ)('are refused in %s', (label) => {
    for (const types of [
      [`text/plain;charset=${label}`],
      [`text/plain; CHARSET = "${label.toUpperCase()}" `],
      [`text/plain; charset='${label}'`],
      [`text/plain; charset*=utf-8''${label}`],
      [`text/plain; charset=utf-8; charset=${label}`],
      [`text/plain; charset=${label}; charset=utf-8`],
      ['application/json', `text/plain;charset=${label}`],
      [`application/json;charset=utf-8, text/plain;charset=${label}`],
      [`text/plain; x=";charset=${label}"`],
    ])
      expect(unreadableCharset(types), types.join(' | ')).toBeDefined();
  });

  test('are refused with the name of the charset', () => {
    expect(unreadableCharset(['text/plain;charset=IBM037'])).toBe('IBM037');
    expect(unreadableCharset(['text/plain; charset="UTF-32" ;x=1'])).toBe('UTF-32');
  });

  test.each([
    [],
    ['application/json'],
    ['text/html; charset='],
    ['text/html; charset=""'],
    ['application/octet-stream; charset=binary'],
    ['multipart/form-data; boundary=charset'],
    ['text/plain; x-charset=utf-32; charsets=utf-7'],
  ])('are refused without a name: %s', (...types) => expect(unreadableCharset(types)).toBeUndefined());
});

/** Names that no decoder here knows, each with a known one. Readers treat an unknown charset as one of these. */
const TAKEN_FOR: Readonly<Record<string, string>> = {
  utf8mb4: 'utf-8',
  utf8mb3: 'utf-8',
  cp65001: 'utf-8',
  none: 'utf-8',
  undefined: 'windows-1252',
  null: 'utf-8',
  '8859-1': 'iso-8859-1',
  '8859_15': 'iso-8859-15',
  cp949: 'windows-949',
  ms949: 'windows-949',
};

/** Each byte alone, and after each byte that is not ASCII. */
const BYTES = Array.from({ length: 0x100 }, (_, byte) => byte).filter((byte) => byte !== 0x0a);
const PIECES = [[], ...BYTES.filter((byte) => byte >= 0x80).map((byte) => [byte])].flatMap((before) =>
  BYTES.map((byte) => [...before, byte]),
);
const LINES = Buffer.from(PIECES.flatMap((piece) => [...piece, 0x0a]));
const NOT_PRINTABLE = /[^\x20-\x7e\n]+/g;
const printable = (text: string) => text.replace(NOT_PRINTABLE, '');
/** The last character of each piece, if printable. */
const OWN = PIECES.map((piece) => printable(String.fromCharCode(piece.at(-1) ?? 0)));

/** Decodes with ICU, as browsers do; charsets outside that standard with the C library. */
async function decoded(label: string, bytes: Uint8Array): Promise<string> {
  const name = TAKEN_FOR[label.toLowerCase()] ?? label;
  try {
    return new TextDecoder(name, { ignoreBOM: true }).decode(bytes);
  } catch {
    const { stdout } = await run('iconv', ['-c', '-f', name, '-t', 'utf-8'], { input: bytes });
    return stdout;
  }
}

/**
 * The pieces in which ASCII results from anything but its own byte, or in which such a byte alone means anything else.
 */
async function notAscii(label: string): Promise<string[]> {
  const lines = printable(await decoded(label, LINES)).split('\n');
  if (lines.length !== PIECES.length + 1) return ['not a line for each'];
  return PIECES.flatMap((piece, index) => {
    const read = lines[index] ?? '';
    return read === OWN[index] || (piece.length > 1 && read === '') ? [] : [`${piece.join(' ')}: ${read}`];
  });
}

describe.runIf(process.platform === 'linux')('charsets judged by decoding', () => {
  test.each(READ)('%s agrees with ASCII where the gateway says so', async (label) =>
    expect(await notAscii(label)).toEqual([]),
  );

  test.each(['utf-16', 'utf-32', 'utf-7', 'ibm037', 'cp864', 'iso-646-fr', 'johab', 'made-up'])(
    '%s does not agree with ASCII where the gateway says so',
    async (label) => expect(await notAscii(label)).not.toEqual([]),
  );
});
