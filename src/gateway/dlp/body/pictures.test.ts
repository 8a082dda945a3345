import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { cut, pass, SECRET } from '../passing.testing.ts';
import { chunk, pngOf, pngWith, rowsOf } from './pictures.testing.ts';

const SCREEN = { width: 1920, height: 1080 } as const;
const WINDOW = { width: 1440, height: 900 } as const;
const SMALL_WINDOW = { width: 720, height: 450 } as const;
/** Noise that is the same in each run. */
const noise = (x: number, y: number) =>
  (Math.imul(x * 7919 + y * 104_729 + 1, 2_654_435_761) >>> 8) & 0xff_ff_ff;
const isInk = (x: number, y: number) => y % 24 < 12 && ((x * 7919) ^ (y * 31)) % 11 < 4;
const interfaceOf = (paper: number, ink: number) => (x: number, y: number) =>
  y < 60 ? 0x33_55_aa : x < 200 ? 0xf0_f0_f0 : x > 220 && x < 900 && isInk(x, y) ? ink : paper;

const BLANK = { ...SCREEN, depth: 4, pixel: () => 0xff_ff_ff_ff } as const;
const BLANK_ROWS = rowsOf(BLANK);
const BLANK_DATA = zlib.deflateSync(BLANK_ROWS);

const PICTURES: Readonly<Record<string, Buffer>> = {
  'a blank one of RGBA': pngWith(BLANK, BLANK_DATA),
  'a blank one of RGB': pngOf({ ...SCREEN, depth: 3, pixel: () => 0x33_66_99 }),
  'a blank one of a palette': pngOf({ ...SCREEN, depth: 1, pixel: () => 0x41 }),
  'stripes down': pngOf({ ...SCREEN, depth: 4, pixel: (x) => (x % 40 < 20 ? 0x20_40_60_ff : 0xee_ee_ee_ff) }),
  'stripes across': pngOf({ ...SCREEN, depth: 3, pixel: (_, y) => (y % 40 < 20 ? 0x20_40_60 : 0xee_ee_ee) }),
  'fields of a palette': pngOf({ ...SCREEN, depth: 1, pixel: (x, y) => ((x >> 4) ^ (y >> 4)) & 7 }),
  'a program': pngOf({
    ...WINDOW,
    depth: 4,
    pixel: (x, y) => interfaceOf(0xff_ff_ff, 0x22_22_22)(x, y) * 256 + 255,
  }),
  'a program whose colours are characters': pngOf({
    ...SMALL_WINDOW,
    depth: 3,
    pixel: interfaceOf(0x33_33_33, 0x61_61_61),
  }),
  noise: pngOf({ width: 320, height: 240, depth: 3, pixel: noise }),
};
const json = (...pictures: Buffer[]) =>
  Buffer.from(JSON.stringify({ content: pictures.map((picture) => ({ data: picture.toString('base64') })) }));
const WAYS: Readonly<Record<string, (picture: Buffer) => Buffer>> = {
  'as it is': (picture) => picture,
  'in base64': (picture) => json(picture),
  'in a form': (picture) =>
    Buffer.concat([
      Buffer.from('--x\r\ncontent-type: image/png\r\n\r\n'),
      picture,
      Buffer.from('\r\n--x--\r\n'),
    ]),
};
const inPieces = (bytes: Buffer, size = 16 * 1024) =>
  cut(
    bytes,
    Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => (index + 1) * size),
  );
/** The bytes whole, and in pieces of these sizes, if that differs. */
const inWays = (bytes: Buffer, ...sizes: number[]) => [
  [bytes],
  ...sizes.filter((size) => size < bytes.length).map((size) => inPieces(bytes, size)),
];

const withText = (type: string, data: Buffer) => pngWith(BLANK, BLANK_DATA, [chunk(type, data)]);
const inText = Buffer.concat([Buffer.from('Comment\0\0'), zlib.deflateSync(SECRET)]);
const WITH_SECRET: Readonly<Record<string, Buffer>> = {
  'in a text': withText('tEXt', Buffer.from(`Comment\0${SECRET}`)),
  'in a compressed text': withText('zTXt', inText),
  'in an international text': withText('iTXt', Buffer.from(`Comment\0\0\0\0\0${SECRET}`)),
  'behind the picture': Buffer.concat([pngOf(BLANK), zlib.gzipSync(SECRET)]),
};
const HUGE = { width: 1 << 14, height: 1 << 13, depth: 4, pixel: () => 0 } as const;
// Repeats 60 MiB five times: to compress all of it would take long.
const EMPTY = zlib.deflateSync(Buffer.alloc(60 << 20), { finishFlush: zlib.constants.Z_FULL_FLUSH });
const LARGE = pngWith(HUGE, Buffer.concat([EMPTY, ...Array<Buffer>(4).fill(EMPTY.subarray(2))]));

describe.each(Object.entries(WAYS))('a picture sent %s', (_, encode) => {
  test.each(Object.entries({ ...PICTURES, 'one with 300 MiB of pixels': LARGE }))(
    'passes: %s',
    (...[, picture]) => {
      const body = encode(picture);
      for (const pieces of inWays(body, 16 * 1024, 1000))
        expect(pass(pieces)).toMatchObject({ blocked: false, findings: [] });
    },
  );

  test.each(Object.entries(WITH_SECRET))('a picture with a secret %s is refused', (...[, picture]) => {
    const body = encode(picture);
    // Base64 is decoded within a window only.
    const sizes = encode === WAYS['in base64'] ? [16 * 1024] : [16 * 1024, 1000];
    for (const pieces of inWays(body, ...sizes)) {
      const { blocked, findings } = pass(pieces);
      expect([blocked, findings.map(({ detector }) => detector)]).toEqual([
        true,
        expect.arrayContaining(['secret']),
      ]);
    }
  });
});

test('many pictures in one body pass', () => {
  expect(pass([json(...Object.values(PICTURES), ...Object.values(PICTURES))])).toMatchObject({
    findings: [],
  });
});
