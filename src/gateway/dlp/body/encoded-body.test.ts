import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createEngine } from '../engine.ts';
import { WARN_ONLY } from '../actions.ts';
import { zstdOf } from './compressed.testing.ts';
import { seededRandom } from '../../../../test/support/random.ts';
import type { BodyFacts } from '../finding.ts';
import { cut, inspector, pass, SECRET } from '../passing.testing.ts';

describe('bodies with Content-Encoding', () => {
  const clean = Buffer.from('{"hello":"world"}'.repeat(2_000));
  const dirty = Buffer.concat([clean, Buffer.from(SECRET), clean]);
  const codings: [string, (bytes: Buffer) => Buffer][] = [
    ['gzip', (bytes) => zlib.gzipSync(bytes)],
    ['deflate', (bytes) => zlib.deflateSync(bytes)],
    ['br', (bytes) => zlib.brotliCompressSync(bytes)],
    ['gzip, br', (bytes) => zlib.brotliCompressSync(zlib.gzipSync(bytes))],
    ['zstd', zstdOf],
  ];

  test.each(codings)('decode as %s', (contentEncoding, encode) => {
    const pieces = cut(encode(clean), [5, 60]);
    expect(pass(pieces, { contentEncoding }).released.equals(Buffer.concat(pieces))).toBe(true);
    const found = pass(cut(encode(dirty), [5, 60]), { contentEncoding });
    expect(found).toMatchObject({ blocked: true, findings: [{ id: 'API_KEY' }] });
    expect(found.findings[0]?.span).toBeUndefined();
  });

  test.each([
    ['an unknown coding', 'rot13', clean, 'rot13'],
    ['broken gzip', 'gzip', clean, 'broken'],
    ['a bomb', 'gzip', zlib.gzipSync(Buffer.alloc(64 << 20), { level: 1 }), 'bomb'],
    [
      'a bomb of brotli',
      'br',
      zlib.brotliCompressSync(Buffer.alloc(64 << 20), {
        params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 },
      }),
      'bomb',
    ],
  ])('are refused with %s', (...[, contentEncoding, bytes, id]) => {
    const outcome = pass([bytes], { contentEncoding, action: 'warn' });
    expect(outcome).toMatchObject({ blocked: true, findings: [{ detector: 'undecodable', id }] });
    expect(outcome.released.length).toBe(0);
  });

  test('may multiply with two codings no more than with one', () => {
    const empty = Buffer.from([0, 0, 0, 0xff, 0xff]);
    // A block of zeros with empty blocks expands 150 times. Its repetitions shrink to little in the second coding.
    const zeros = zlib.deflateRawSync(Buffer.alloc(196_608), { finishFlush: zlib.constants.Z_FULL_FLUSH });
    const unit = Buffer.concat([zeros, ...Array<Buffer>(220).fill(empty)]);
    const end = Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 1]);
    end.writeUInt16BE((200 * 196_608) % 65_521, 5); // Adler-32 of zeros
    const inner = Buffer.concat([Buffer.from([0x78, 0x9c]), ...Array<Buffer>(200).fill(unit), end]);
    const outer = zlib.gzipSync(inner, { level: 9 });
    expect(pass([inner], { contentEncoding: 'deflate', action: 'warn' }).findings).toEqual([]);
    expect(pass([outer], { contentEncoding: 'deflate, gzip', action: 'warn' }).findings).toMatchObject([
      { id: 'bomb' },
    ]);
  });
});

describe('archives without Content-Encoding', () => {
  // Meaningless sentences without digits: numbers would be inspected as text that they may encode.
  const LETTERS = 'abcdefghijklmnopqrstuvwxyz    .,:;!?()\'"';
  const random = seededRandom(1);
  const noise = Buffer.from(
    Array.from({ length: 150_000 }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join(''),
  );
  const archive = zlib.gzipSync(Buffer.concat([noise, Buffer.from(SECRET), noise]), { level: 1 });
  const form = Buffer.concat([
    Buffer.from('--x\r\ncontent-type: application/gzip\r\n\r\n'),
    archive,
    Buffer.from('\r\n--x--\r\n'),
  ]);

  test('are inspected beyond a window', () => {
    expect(archive.length).toBeGreaterThan(3 * 64 * 1024);
    const { findings, blocked } = pass(cut(form, [100, 70_000, 150_000]));
    expect([blocked, findings.map(({ encoding }) => encoding)]).toEqual([true, ['gzip']]);
  });

  const late = Buffer.concat([noise, Buffer.from(SECRET)]);
  const gzipped = zlib.gzipSync(late, { level: 1 });
  const named = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 8 + 4, 0, 0, 0, 0, 0, 3, 5, 0, 1, 2, 3, 4, 5]),
    Buffer.from('a name\0'),
    gzipped.subarray(10),
  ]);
  const decoy = Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x28, 0xb5, 0x2f, 0xfd, 0, 9]);

  /** Returns a file in a zip, as `zip` writes it: PKWARE's APPNOTE.TXT, 4.3.7. */
  const zipped = (bytes: Buffer, { method = 8, extra = 0 } = {}): Buffer => {
    const data = method === 8 ? zlib.deflateRawSync(bytes, { level: 1 }) : bytes;
    const head = Buffer.alloc(30);
    head.write('PK\x03\x04', 'latin1');
    head.writeUInt16LE(method, 8);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt16LE('notes.txt'.length, 26);
    head.writeUInt16LE(extra, 28);
    return Buffer.concat([head, Buffer.from('notes.txt'), Buffer.alloc(extra), data]);
  };
  const small = zipped(Buffer.from('nothing is in there, but that is said at some length'));

  test.each<[string, Buffer, number[]]>([
    ['in a zip', zipped(late), [3, 90_000]],
    ['in a zip that comes in single bytes at first', zipped(late), Array.from({ length: 60 }, (_, at) => at)],
    ['in the third file of a zip', Buffer.concat([small, small, zipped(late)]), [70]],
    [
      'in a zip behind a file that is not deflated',
      Buffer.concat([zipped(noise, { method: 0 }), zipped(late)]),
      [],
    ],
    ['in a zip with extra fields', zipped(late, { extra: 65_535 }), [20_000, 66_000]],
    ['in a zip in a zip', zipped(zipped(late)), [40]],
    ['in a zip in base64', Buffer.from(`{"file":"${zipped(Buffer.from(SECRET)).toString('base64')}"}`), []],
    [
      'in a zip among other bytes',
      Buffer.concat([Buffer.from('--x\r\n\r\n'), zipped(Buffer.from(SECRET))]),
      [],
    ],
    ['whose mark is cut', Buffer.concat([Buffer.from('form'), gzipped]), [5, 6]],
    ['whose mark is cut by a window', Buffer.concat([Buffer.alloc(64 * 1024 - 2, 'x'), gzipped]), []],
    ['that comes in single bytes at first', named, Array.from({ length: 40 }, (_, index) => index + 1)],
    ['behind fake archives', Buffer.concat([decoy, Buffer.from(' '), decoy, gzipped]), [7, 25]],
    ['behind what says it has a comment', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 16]), gzipped]), []],
    ['behind another', Buffer.concat([zlib.gzipSync('another'), gzipped]), []],
    ['that is only deflated', zlib.deflateSync(late, { level: 1 }), [1, 2, 90_000]],
    ['in an archive', zlib.gzipSync(gzipped), [100, 70_000]],
    ['in an archive in an archive', zlib.gzipSync(zlib.gzipSync(gzipped)), [100]],
  ])('reveal a secret %s', (_, bytes, cuts) => {
    const { findings, blocked } = pass(cut(bytes, cuts));
    expect([blocked, findings.some(({ detector }) => detector === 'secret')]).toEqual([true, true]);
  });

  test('reveal a secret in a body that says it is compressed', () => {
    expect(pass(cut(zlib.gzipSync(gzipped), [70_000]), { contentEncoding: 'gzip' }).blocked).toBe(true);
  });

  test('reveal a secret in zstd behind gzip', () => {
    const { findings, blocked } = pass(
      cut(Buffer.concat([zlib.gzipSync('another'), zstdOf(late)]), [40, 70_000]),
    );
    expect([blocked, findings.some(({ detector }) => detector === 'secret')]).toEqual([true, true]);
  });

  test('take a bounded amount of memory, however many begin in one turn', () => {
    const before = process.memoryUsage().arrayBuffers;
    const engines = Array.from({ length: 500 }, () => createEngine('deflate-raw'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 1024 ** 2);
    for (const engine of engines) engine?.close();
  });

  test('reveal a secret behind many encoded marks of zlib', () => {
    const small = Buffer.from([0x78, 1, 0, 5, 0, 0xfa, 0xff]);
    const bytes = Buffer.concat([...Array.from({ length: 60 }, () => small), zlib.gzipSync(SECRET)]);
    expect(pass([Buffer.from(bytes.toString('base64'))]).blocked).toBe(true);
  });

  test('reveal a secret where the mark is escaped and the rest is not', () => {
    const mark = Buffer.from('%1f%8b%08%00%00%00%00%00%00%03');
    const bytes = Buffer.concat([mark, zlib.gzipSync(SECRET).subarray(10)]);
    expect(pass([Buffer.from(bytes.toString('base64'))]).blocked).toBe(true);
  });

  test('pass in large numbers where they belong', () => {
    const pages = Array.from({ length: 6_000 }, (_, page) => zlib.gzipSync(`page ${page}`));
    const layer = (count: number): Buffer => zlib.gzipSync(Buffer.concat(pages.slice(0, count)));
    for (const bytes of [Buffer.concat([layer(3_000), layer(200)]), Buffer.concat(pages)])
      expect(pass([bytes])).toMatchObject({ blocked: false, findings: [] });
  });

  test('are refused where each of many could hide a secret', () => {
    const marks = Buffer.alloc(30_000, decoy.subarray(0, 13));
    expect(pass([marks])).toMatchObject({ blocked: true });
    expect(pass([Buffer.concat([decoy, decoy, decoy])])).toMatchObject({ blocked: false, findings: [] });
    const pages = Array.from({ length: 500 }, (_, page) => [
      Buffer.alloc(512),
      zlib.gzipSync(noise.subarray(page * 280, page * 280 + 900)),
    ]);
    expect(pass([Buffer.concat(pages.flat())])).toMatchObject({ blocked: false, findings: [] });
  });

  test('are refused as a bomb when each depth multiplies the content', () => {
    const bomb = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(100 * 1024 ** 2), { level: 1 }));
    expect(pass([bomb])).toMatchObject({ blocked: true });
  });

  test('are inspected to their end', () => {
    const late = zlib.gzipSync(Buffer.concat([noise, Buffer.from(SECRET)]), { level: 1 });
    expect(pass([late, Buffer.from('\r\n--x--\r\n')]).blocked).toBe(true);
  });

  test('pass unchanged without findings', () => {
    const clean = zlib.gzipSync(noise);
    const { released, findings } = pass(cut(clean, [100, 70_000]));
    expect([released.equals(clean), findings]).toEqual([true, []]);
  });
});

describe('pending bytes of a body with a Content-Encoding', () => {
  /** An uncompressed block of deflate. */
  const stored = (text: string): Buffer => {
    const head = Buffer.alloc(5);
    head.writeUInt16LE(text.length, 1);
    head.writeUInt16LE(0xffff - text.length, 3);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  const silence = Buffer.alloc(60_000, stored(''));
  /**
   * Returns the most bytes that wait while `piece` is sent repeatedly, whether the body was blocked, and the ids of the
   * findings.
   */
  const most = (piece: Buffer, about: Partial<BodyFacts>) => {
    const body = inspector().body({ host: 'h.example', where: 'body', action: 'block', ...about });
    const told: string[] = [];
    let [waiting, max] = [0, 0];
    /** Returns whether the body is blocked. */
    const push = (bytes: Buffer): boolean => {
      const { release, findings, blocked } = body.push(bytes);
      told.push(...findings.map(({ id }) => id));
      waiting += bytes.length - release.length;
      max = Math.max(max, waiting);
      return blocked;
    };
    if (about.contentEncoding?.endsWith('aws-chunked')) push(Buffer.from('ffffffff\r\n'));
    // Beyond some looks at so much, little is gathered.
    push(Buffer.concat([head, stored('A text. '.repeat(1_024))]));
    const isBlocked = Array.from({ length: 300 }).some(() => push(piece));
    return { max, isBlocked, told };
  };

  test.each(['gzip', 'gzip, aws-chunked'])(
    'are bounded while nothing was decoded from them: %s',
    (contentEncoding) => {
      const piece = Buffer.concat([stored('A text. '.repeat(100)), silence]);
      const { max, ...passed } = most(piece, { contentEncoding });
      expect(passed).toEqual({ isBlocked: false, told: [] });
      expect(max).toBeLessThan(61_000);
    },
  );

  test('are inspected when they are many and decode to little', () => {
    const { max, ...passed } = most(Buffer.concat([stored('.'), silence]), { contentEncoding: 'gzip' });
    expect(passed).toEqual({ isBlocked: false, told: [] });
    expect(max).toBeLessThan(1_200_000);
  });

  test.each([['where each piece ends like a value that begins', SECRET.slice(0, 7), 'gzip']])(
    'are refused when they are too many: %s',
    (_, text, contentEncoding) => {
      expect(most(Buffer.concat([stored(text), silence]), { contentEncoding })).toMatchObject({
        isBlocked: true,
        told: ['bomb'],
      });
    },
  );

  test('pass where the rule allows it', () => {
    const { max, ...passed } = most(Buffer.concat([stored(SECRET.slice(0, 7)), silence]), {
      contentEncoding: 'gzip',
      action: WARN_ONLY,
    });
    expect(passed).toEqual({ isBlocked: false, told: ['bomb'] });
    expect(max).toBeLessThan(1_200_000);
  });
});

test('undecodable content passes where the rule allows it', () => {
  const bytes = Buffer.from('not gzip at all');
  const outcome = pass(cut(bytes, [3, 9]), {
    contentEncoding: 'gzip',
    action: { ...WARN_ONLY, secret: 'block' },
  });
  expect(outcome).toMatchObject({ blocked: false, findings: [{ detector: 'undecodable', id: 'broken' }] });
  expect(outcome.released.equals(bytes)).toBe(true);
});

test('many empty blocks do not count as pending bytes', () => {
  const body = inspector().body({
    host: 'h.example',
    where: 'body',
    action: 'block',
    contentEncoding: 'gzip',
  });
  const head = zlib.gzipSync('hello', { finishFlush: zlib.constants.Z_SYNC_FLUSH });
  body.push(head);
  const beats = Array.from({ length: 9_000 }, () => body.push(Buffer.from([0, 0, 0, 0xff, 0xff])));
  expect(beats.flatMap(({ findings }) => findings)).toEqual([]);
});
