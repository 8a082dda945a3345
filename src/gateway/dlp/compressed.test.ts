import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { tarOf } from './archives.testing.ts';
import { BRANCHES_X86, lzma2, skippedOf, xzOf, zstdOf } from './compressed.testing.ts';
import { TELL_ALL } from './actions.ts';
import { createInspector } from './inspector.ts';
import { cut, pass, passInThread, SECRET } from './passing.testing.ts';
import { createInspectionThread } from './thread/thread.ts';
import { startInThisThread } from './thread/thread.testing.ts';

/** zstd and xz: both are looked into on every supported Node, or refused. */

/** 2 MB of zeros, by `xz -9e --check=none`. */
const XZ_BOMB = Buffer.from(
  '/Td6WFoAAAD/EtlBBMDoAoCJeiEBHAAAAAAAAM1WA5T+hH8BYF0AAG/9//+jt/9HPkgVcjlhUbiSKOajhgf57uQegtMvxTo8AUuxfsmKik0vow' +
    '3Zf6bjjCMRU+BZGMV1iuJ3+LaUfwxqwN50SWTi6VxTsgTY90QMq18NbUbp5cN2iLeWV6y2TeFpHW/7S4gQbELLiD9cAI/QTq8mKJRxHz2PJOFw' +
    'nqcjX+woy4XRlZiKfiqR8id19xnABphNmP3Yr9WQD8QlU/j1kTYxBaWw7m/BcE1HDNGREaqtYB26zrEnGFxZhulmUli+6XasWeTlWwUI+cfarf' +
    'z7Uit0zR5bIEL53VM9+ClkCTuAyyps37U78MS9Ll+qDz5LZkKQEw7/EJP4cXhZ+AvN/5UoRg+p/Hze+5owLlbAj4Xzg4HAZcQlU/j1kTYxBaWw' +
    '7m/BcE1HDNGREaqtYB26zrEnGFxZhulmUli+6XasWeTlWwUI+cfarfz7Uit0zR5bIEL53VM9+ARBAl4AAAAAAfwCgIl6AJdZqA2oAAr8AgAAAA' +
    'AAWVo=',
  'base64',
);

type Kind = 'zstd' | 'xz';

const MAKERS: Readonly<Record<Kind, (data: Buffer | string) => Buffer>> = {
  zstd: (data) => zstdOf(data),
  xz: (data) => (data === '' ? xzOf() : xzOf(data)),
};
const KINDS = Object.entries(MAKERS) as [Kind, (data: Buffer | string) => Buffer][];
const ORDINARY = 'API_URL=https://api.example.com/v1 # nothing of importance\n';
const tokenTar = (text: string): Buffer => tarOf('.env', Buffer.from(text));

describe.each(KINDS)('a body with %s', (kind, make) => {
  const dirty = make(tokenTar(`TOKEN=${SECRET}\n`));
  const clean = make(tokenTar(ORDINARY));

  const WAYS: readonly [string, (bytes: Buffer) => Buffer[]][] = [
    ['as it is', (bytes) => [bytes]],
    ['in many pieces', (bytes) => cut(bytes, [1, 5, 7, 11, 13, 40, 300])],
    ['behind other bytes', (bytes) => [Buffer.concat([Buffer.from('\0\x01\xfd7z(\xb5', 'latin1'), bytes])]],
    ['in base64', (bytes) => [Buffer.from(JSON.stringify({ file: bytes.toString('base64') }))]],
    ['in hex', (bytes) => [Buffer.from(bytes.toString('hex'))]],
    ['behind a frame that is skipped', (bytes) => [Buffer.concat([skippedOf('a note'), bytes])]],
    ['behind another, and padding', (bytes) => [Buffer.concat([make('first'), Buffer.alloc(8), bytes])]],
  ];

  test.each(WAYS)('is looked into %s', (_, form) => {
    const found = pass(form(dirty));
    expect(found.blocked).toBe(true);
    expect(found.findings).toContainEqual(expect.objectContaining({ detector: 'secret', id: 'API_KEY' }));
    const pieces = form(clean);
    const passed = pass(pieces);
    expect(passed).toMatchObject({ blocked: false, findings: [] });
    expect(passed.released.equals(Buffer.concat(pieces))).toBe(true);
  });

  test('is looked into wherever it is cut', () => {
    const bytes = make(`TOKEN=${SECRET}`);
    for (let at = 1; at < bytes.length; at += 1) expect(pass(cut(bytes, [at])).blocked).toBe(true);
  });

  test('is refused where a secret is split over two', () => {
    const [one, two] = [SECRET.slice(0, 16), SECRET.slice(16)];
    const both = Buffer.concat([make(`TOKEN=${one}`), make(`${two}\n`)]);
    expect(pass([both]).blocked).toBe(true);
    expect(pass([both], { contentEncoding: kind }).blocked).toBe(true);
  });

  test('in a Content-Encoding may be several, and nothing else', () => {
    const bytes = Buffer.concat([make(ORDINARY), make('and more')]);
    expect(pass([bytes], { contentEncoding: kind })).toMatchObject({ blocked: false, findings: [] });
    expect(pass([Buffer.concat([bytes, Buffer.from('rest')])], { contentEncoding: kind }).blocked).toBe(true);
  });

  test('is judged alike in the inspection thread', async () => {
    const secrets = [{ name: 'API_KEY', value: SECRET, kind: 'secret' }] as const;
    const by = createInspector({
      secrets,
      rules: [],
      thread: createInspectionThread(() => startInThisThread([])),
    });
    for (const [bytes, contentEncoding] of [
      [dirty, undefined],
      [clean, undefined],
      [dirty, kind],
      [clean, kind],
    ] as const) {
      const pieces = cut(Buffer.concat([bytes]), [100, 2_000]);
      const about = contentEncoding === undefined ? {} : { contentEncoding };
      const { blocked } = await passInThread(pieces, about, by);
      expect(blocked).toBe(bytes === dirty);
      expect(pass(pieces, about).blocked).toBe(blocked);
    }
  });

  test('is a bomb where it is far more than it was', () => {
    // RFC 8878, 3.1.1.2.2: 128 KiB of one byte, again and again.
    const block = Buffer.from([0x02, 0x00, 0x10, 0x00]);
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]);
    const bomb = Buffer.concat([frame, ...Array.from({ length: 400 }, () => block)]);
    const { blocked, findings } = pass([kind === 'zstd' ? bomb : XZ_BOMB]);
    expect([blocked, findings.map(({ id }) => id)]).toEqual([true, expect.arrayContaining(['bomb'])]);
  });
});

test('xz in whose bytes something looks like an escape is looked into all the same', () => {
  const bytes = xzOf(
    { data: 'see https://example.com/?a=%41%42%43 and \\u0041\\u0042', step: 200 },
    ORDINARY,
  );
  expect(pass([bytes])).toMatchObject({ blocked: false, findings: [] });
  expect(pass([Buffer.from(bytes.toString('base64'))])).toMatchObject({ blocked: false, findings: [] });
});

test.each(KINDS)('%s may be followed by anything, and by another archive, wherever it is cut', (_, make) => {
  const first = make(ORDINARY);
  for (const behind of ['and a text', '\0\0\0\0 and a text']) {
    const bytes = Buffer.concat([first, Buffer.from(behind)]);
    for (let at = first.length - 2; at <= first.length + 5; at += 1)
      expect(pass(cut(bytes, [at]))).toMatchObject({ blocked: false, findings: [] });
  }
  for (const second of [gzipSync(SECRET), ...KINDS.map(([, other]) => other(SECRET))]) {
    const bytes = Buffer.concat([first, second]);
    for (let at = first.length - 2; at <= first.length + 14; at += 1)
      expect(pass(cut(bytes, [at])).blocked).toBe(true);
  }
});

describe('xz that is not looked into', () => {
  const [filtered, whole] = [
    xzOf({ data: SECRET, filters: [BRANCHES_X86, lzma2(22)] }),
    xzOf({ data: ORDINARY }),
  ];
  const damaged = Buffer.from(whole);
  // What begins its second chunk.
  damaged[29]! ^= 0xff;
  const sealed: readonly [string, Buffer][] = [
    ['with a filter that nobody has here', filtered],
    ['with one in its second block', xzOf(ORDINARY, { data: SECRET, filters: [BRANCHES_X86, lzma2(22)] })],
    ['with a dictionary that is too large', xzOf({ data: SECRET, filters: [lzma2(36)] })],
    ['that is damaged', damaged],
    ['that is cut', whole.subarray(0, -1)],
    ['that is cut in its head', whole.subarray(0, 13)],
  ];

  test.each(sealed)('is refused: one %s', (_, bytes) => {
    const { blocked, findings } = pass([bytes]);
    expect([blocked, findings.map(({ id }) => id)]).toEqual([true, expect.arrayContaining(['xz'])]);
    expect(pass([bytes], { contentEncoding: 'xz' }).blocked).toBe(true);
    expect(pass([bytes], { action: TELL_ALL }).blocked).toBe(false);
  });

  test.each(sealed.slice(0, 2))('is refused in base64, too: one %s', (_, bytes) => {
    const { blocked, findings } = pass([Buffer.from(JSON.stringify({ file: bytes.toString('base64') }))]);
    expect([blocked, findings.map(({ id }) => id)]).toEqual([true, expect.arrayContaining(['xz'])]);
  });

  test('is none where only the mark stands', () => {
    const mark = Buffer.from('a program that reads \xfd7zXZ\0 and writes it', 'latin1');
    expect(pass([mark])).toMatchObject({ blocked: false, findings: [] });
    const list = Buffer.concat(Array.from({ length: 200 }, () => mark));
    expect(pass([list])).toMatchObject({ blocked: false, findings: [] });
  });
});
