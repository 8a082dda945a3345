import { expect, test } from 'vitest';
import { expectOwnProcessor, payloadOf, releaseOf } from './make-kernel.ts';

const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
const LZ4_LEGACY = [0x02, 0x21, 0x4c, 0x18];
const GZIP = [0x1f, 0x8b, 0x08];

interface Header {
  readonly magic: readonly number[];
  readonly version?: number;
  readonly sectors?: number;
}

/** An image for PCs whose payload is a magic, the word `body`, and four bytes more. */
function imageWith({ magic, version = 0x020f, sectors = 2 }: Header): Buffer {
  const payload = Buffer.concat([Buffer.from(magic), Buffer.from('body'), Buffer.from([1, 2, 3, 4])]);
  const setup = Buffer.alloc(((sectors || 4) + 1) * 512);
  setup[0x1f1] = sectors;
  setup.write('HdrS', 0x202);
  setup.writeUInt16LE(version, 0x206);
  setup.writeUInt32LE(16, 0x248);
  setup.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([setup, Buffer.alloc(16), payload, Buffer.from('behind it')]);
}

test.each([1, 2, 39, 0])('the payload is found behind %i sectors of setup', (sectors) => {
  const { packed, bytes } = payloadOf(imageWith({ magic: ZSTD, sectors }));
  expect(packed).toBe('zstd');
  expect([...bytes]).toEqual([...ZSTD, ...Buffer.from('body')]);
});

test("a kernel packed with LZ4, like Debian 12's, is found without its size", () => {
  const { packed, bytes } = payloadOf(imageWith({ magic: LZ4_LEGACY }));
  expect(packed).toBe('lz4');
  expect([...bytes]).toEqual([...LZ4_LEGACY, ...Buffer.from('body')]);
});

test('gzip contains its size, and keeps it', () => {
  const { packed, bytes } = payloadOf(imageWith({ magic: GZIP }));
  expect(packed).toBe('gzip');
  expect(bytes.length).toBe(GZIP.length + 8);
});

test('an ELF file is recognised', () => {
  const elf = Buffer.from('\u007fELF and more', 'latin1');
  expect(payloadOf(elf)).toEqual({ packed: 'no', bytes: elf });
});

test.each([
  ['something else', Buffer.from('#!/bin/sh'), 'neither an ELF file nor'],
  ['an old image', imageWith({ magic: ZSTD, version: 0x0207 }), 'older than 2.08'],
  ['an unknown packing', imageWith({ magic: [1, 2, 3, 4] }), 'packed in a way that is not known'],
])('%s is refused', (_what, file, why) => {
  expect(() => payloadOf(file)).toThrow(why);
});

test('the release is read from the banner, not from a similar text', () => {
  const banner = 'Linux version %s\0Linux version 6.12.118+deb13-cloud-amd64 (a@b) (gcc 14) #1 SMP\0';
  expect(releaseOf(Buffer.from(banner))).toBe('6.12.118+deb13-cloud-amd64');
  expect(() => releaseOf(Buffer.from('Linux version %s'))).toThrow('which release');
  expect(() => releaseOf(Buffer.from('Linux version 6.1'))).toThrow('which release');
});

test('a kernel for another processor is refused', () => {
  const elf = (machine: number, width = 2): Buffer => {
    const head = Buffer.alloc(64);
    head.write('\u007fELF', 'latin1');
    head[4] = width;
    head.writeUInt16LE(machine, 18);
    return head;
  };
  expect(() => expectOwnProcessor(elf(62), 'x64')).not.toThrow();
  expect(() => expectOwnProcessor(elf(183), 'arm64')).not.toThrow();
  for (const other of [elf(183), elf(3, 1), elf(62, 1), Buffer.from('\u007fELF', 'latin1'), Buffer.alloc(64)])
    expect(() => expectOwnProcessor(other, 'x64')).toThrow('no 64-bit kernel for x64');
});
