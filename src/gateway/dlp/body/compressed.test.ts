import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { tarOf } from './archives.testing.ts';
import { skippedOf, zstdOf } from './compressed.testing.ts';
import { WARN_ONLY } from '../actions.ts';
import { createInspector } from '../inspector.ts';
import { cut, pass, passInThread, SECRET } from '../passing.testing.ts';
import { createInspectionThread } from '../thread/thread.ts';
import { startInThisThread } from '../thread/thread.testing.ts';

/** zstd is decoded on every supported Node; xz is refused. */

const ORDINARY = 'API_URL=https://api.example.com/v1 # nothing of importance\n';
const tokenTar = (text: string): Buffer => tarOf('.env', Buffer.from(text));

describe('bodies with zstd', () => {
  const dirty = zstdOf(tokenTar(`TOKEN=${SECRET}\n`));
  const clean = zstdOf(tokenTar(ORDINARY));

  const WAYS: readonly [string, (bytes: Buffer) => Buffer[]][] = [
    ['as it is', (bytes) => [bytes]],
    ['in many pieces', (bytes) => cut(bytes, [1, 5, 7, 11, 13, 40, 300])],
    ['behind other bytes', (bytes) => [Buffer.concat([Buffer.from('\0\x01\xfd7z(\xb5', 'latin1'), bytes])]],
    ['in base64', (bytes) => [Buffer.from(JSON.stringify({ file: bytes.toString('base64') }))]],
    ['in hex', (bytes) => [Buffer.from(bytes.toString('hex'))]],
    ['behind a frame that is skipped', (bytes) => [Buffer.concat([skippedOf('a note'), bytes])]],
    ['behind another, and padding', (bytes) => [Buffer.concat([zstdOf('first'), Buffer.alloc(8), bytes])]],
  ];

  test.each(WAYS)('are inspected %s', (_, form) => {
    const found = pass(form(dirty));
    expect(found.blocked).toBe(true);
    expect(found.findings).toContainEqual(expect.objectContaining({ detector: 'secret', id: 'API_KEY' }));
    const pieces = form(clean);
    const passed = pass(pieces);
    expect(passed).toMatchObject({ blocked: false, findings: [] });
    expect(passed.released.equals(Buffer.concat(pieces))).toBe(true);
  });

  test('are inspected wherever they are cut', () => {
    const bytes = zstdOf(`TOKEN=${SECRET}`);
    for (let at = 1; at < bytes.length; at += 1) expect(pass(cut(bytes, [at])).blocked).toBe(true);
  });

  test('are refused when a secret is split over two of them', () => {
    const [one, two] = [SECRET.slice(0, 16), SECRET.slice(16)];
    const both = Buffer.concat([zstdOf(`TOKEN=${one}`), zstdOf(`${two}\n`)]);
    expect(pass([both]).blocked).toBe(true);
    expect(pass([both], { contentEncoding: 'zstd' }).blocked).toBe(true);
  });

  test('may be one of several frames in a Content-Encoding, and nothing else may follow', () => {
    const bytes = Buffer.concat([zstdOf(ORDINARY), zstdOf('and more')]);
    expect(pass([bytes], { contentEncoding: 'zstd' })).toMatchObject({ blocked: false, findings: [] });
    expect(pass([Buffer.concat([bytes, Buffer.from('rest')])], { contentEncoding: 'zstd' }).blocked).toBe(
      true,
    );
  });

  test('get the same verdict in the inspection thread', async () => {
    const secrets = [{ name: 'API_KEY', value: SECRET, kind: 'secret' }] as const;
    const by = createInspector({
      secrets,
      rules: [],
      thread: createInspectionThread(() => startInThisThread([])),
    });
    for (const [bytes, contentEncoding] of [
      [dirty, undefined],
      [clean, undefined],
      [dirty, 'zstd'],
      [clean, 'zstd'],
    ] as const) {
      const pieces = cut(Buffer.concat([bytes]), [100, 2_000]);
      const about = contentEncoding === undefined ? {} : { contentEncoding };
      const { blocked } = await passInThread(pieces, about, by);
      expect(blocked).toBe(bytes === dirty);
      expect(pass(pieces, about).blocked).toBe(blocked);
    }
  });

  test('are refused as a bomb when they multiply too much', () => {
    // RFC 8878, 3.1.1.2.2: repeated blocks of 128 KiB of one byte.
    const block = Buffer.from([0x02, 0x00, 0x10, 0x00]);
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]);
    const bomb = Buffer.concat([frame, ...Array.from({ length: 400 }, () => block)]);
    const { blocked, findings } = pass([bomb]);
    expect([blocked, findings.map(({ id }) => id)]).toEqual([true, expect.arrayContaining(['bomb'])]);
  });
});

test('may be followed by other bytes and by another archive, wherever they are cut', () => {
  const first = zstdOf(ORDINARY);
  for (const behind of ['and a text', '\0\0\0\0 and a text']) {
    const bytes = Buffer.concat([first, Buffer.from(behind)]);
    for (let at = first.length - 2; at <= first.length + 5; at += 1)
      expect(pass(cut(bytes, [at]))).toMatchObject({ blocked: false, findings: [] });
  }
  for (const second of [gzipSync(SECRET), zstdOf(SECRET)]) {
    const bytes = Buffer.concat([first, second]);
    for (let at = first.length - 2; at <= first.length + 14; at += 1)
      expect(pass(cut(bytes, [at])).blocked).toBe(true);
  }
});

/** A line of text, compressed by xz 5.8. */
const XZ = Buffer.from(
  '/Td6WFoAAATm1rRGBMAkICEBFgAAAAAAAAAAANqJ6rMBAB9UT0tFTj1zay1zb21lLXRleHQtbm9ib2R5LXJlYWRzCgApzAzU6wcjWgABQCDm2pHrH7bzfQEAAAAABFla',
  'base64',
);

describe('bodies with xz', () => {
  const pieces: readonly (readonly [string, Buffer[]])[] = [
    ['as it is', [XZ]],
    ['among other bytes', [Buffer.concat([Buffer.from([1, 2, 3, 250]), XZ, Buffer.from('and more')])]],
    ['cut in its head', cut(XZ, [3, 7])],
    ['in base64', [Buffer.from(JSON.stringify({ file: XZ.toString('base64') }))]],
    ['in gzip', [gzipSync(XZ)]],
  ];

  test.each(pieces)('are refused %s', (_, bytes) => {
    const { blocked, findings } = pass(bytes);
    expect([blocked, ...new Set(findings.map(({ id }) => id))]).toEqual([true, 'xz']);
    expect(pass(bytes, { action: WARN_ONLY }).blocked).toBe(false);
  });

  test.each(['xz', 'x-xz', 'gzip, xz'])('is refused as the Content-Encoding %s', (contentEncoding) => {
    const { blocked, findings, released } = pass([XZ], { contentEncoding, action: 'warn' });
    expect([blocked, released.length]).toEqual([true, 0]);
    expect(findings).toMatchObject([{ detector: 'undecodable', id: contentEncoding }]);
  });

  test('are not refused where only the mark appears', () => {
    const mark = Buffer.from('a program that reads \xfd7zXZ\0 and writes it', 'latin1');
    const list = Buffer.concat(Array.from({ length: 200 }, () => mark));
    for (const bytes of [mark, list]) expect(pass([bytes])).toMatchObject({ blocked: false, findings: [] });
  });
});
