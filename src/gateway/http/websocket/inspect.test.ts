import { Buffer } from 'node:buffer';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { createInspector } from '../../dlp/inspector.ts';
import { Blocked } from '../../screen/room.ts';
import { BadFrame, FrameReader, type Frame } from './frames.ts';
import { inspectFrames } from './inspect.ts';
import { MAX_WAITING_BYTES } from './waiting.ts';

const SECRET = 'Tq7vXe2ZrWm9Kc4Lp8Jd6Sy3Gh5Bn';
const inspector = createInspector({ secrets: [{ name: '.env', value: SECRET, kind: 'secret' }], rules: [] });

interface Parts {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  readonly mask?: Uint8Array;
}

/** Returns a client's frame. */
function frame(payload: Buffer | string, parts: Parts = {}): Buffer {
  const { opcode = 1, isFinal = true, mask = Buffer.from([1, 2, 3, 250]) } = parts;
  const bytes = Buffer.from(payload as string);
  const size = Buffer.alloc(bytes.length < 126 ? 1 : bytes.length < 65_536 ? 3 : 9);
  size[0] = 0x80 | (size.length === 1 ? bytes.length : size.length === 3 ? 126 : 127);
  if (size.length === 3) size.writeUInt16BE(bytes.length, 1);
  if (size.length === 9) size.writeBigUInt64BE(BigInt(bytes.length), 1);
  const masked = bytes.map((byte, at) => byte ^ (mask[at & 3] ?? 0));
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode]), size, mask, masked]);
}

/** Returns the passing bytes of these chunks, and the error. */
async function passed(chunks: readonly Buffer[]): Promise<{ out: Buffer; error: Error | undefined }> {
  const stream = inspectFrames({ inspector, host: 'a.test', action: 'block' });
  const out: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => out.push(chunk));
  const error = await new Promise<Error | undefined>((resolve) => {
    stream.once('error', resolve).once('end', () => resolve(undefined));
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
  });
  return { out: Buffer.concat(out), error };
}

describe('WebSocket frames', () => {
  test('are read in the same way however their bytes are cut', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });
    fc.assert(
      fc.property(payloads, fc.integer({ min: 1, max: 50 }), (list, size) => {
        const all = Buffer.concat(list.map((payload) => frame(Buffer.from(payload), { opcode: 2 })));
        const reader = new FrameReader('client');
        const read = [];
        for (let at = 0; at < all.length; at += size) read.push(...reader.push(all.subarray(at, at + size)));
        expect(read.map(({ payload }) => payload.toString('hex'))).toEqual(
          list.map((payload) => Buffer.from(payload).toString('hex')),
        );
      }),
      { numRuns: runs(50) },
    );
  });

  test.each([
    ['of 70 KB', [frame('x'.repeat(70_000))]],
    [
      'of a message in pieces, with a ping between them',
      [frame('one ', { isFinal: false }), frame('', { opcode: 9 }), frame('two', { opcode: 0 })],
    ],
  ] as const)('%s keep their length when they leave', async (_, frames) => {
    const { out, error } = await passed(frames);
    expect(error).toBeUndefined();
    expect(out.length).toBe(Buffer.concat(frames).length);
  });

  test.each([
    ['as it is', [frame(SECRET)]],
    ['in base64', [frame(Buffer.from(SECRET).toString('base64'))]],
    ['in bytes', [frame(SECRET, { opcode: 2 })]],
    ['in a ping', [frame(SECRET, { opcode: 9 })]],
    ['in fragments', [frame(SECRET.slice(0, 9), { isFinal: false }), frame(SECRET.slice(9), { opcode: 0 })]],
  ] as const)('do not leave in a message with a secret %s', async (_, frames) => {
    const { out, error } = await passed(frames);
    expect(error).toBeInstanceOf(Blocked);
    expect(out.length).toBe(0);
  });

  test.each([
    ['unmasked', Buffer.from([0x81, 2, 104, 105])],
    ['with reserved bits', Buffer.from([0xc1, 0x80, 0, 0, 0, 0])],
    ['of 2^63 bytes', Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])('are refused when they are %s', async (_, bytes) => {
    expect((await passed([bytes])).error).toBeInstanceOf(BadFrame);
  });
});

describe('frames that leave with a new mask', () => {
  const xored = (mask: Uint8Array): Buffer =>
    Buffer.from(Buffer.from(SECRET).map((byte, at) => byte ^ (mask[at & 3] ?? 0)));
  const inFours = SECRET.match(/.{1,4}/g)?.map((four) => Buffer.from(four.padEnd(4))) ?? [];
  const mask = Buffer.from([0x9d, 0xf1, 0x83, 0xe7]);

  test.each([
    ['a message that its key turns into a secret', [frame(xored(mask), { opcode: 2, mask })]],
    ['a ping that its key turns into a secret', [frame(xored(mask), { opcode: 9, mask })]],
    ['keys of empty messages', inFours.map((four) => frame('', { mask: four }))],
    ['keys of pings', inFours.map((four) => frame('x', { opcode: 9, mask: four }))],
    [
      'keys of fragments',
      inFours.map((four, at) =>
        frame('', { mask: four, opcode: at === 0 ? 1 : 0, isFinal: at === inFours.length - 1 }),
      ),
    ],
  ] as const)('%s: nothing of the key is on the wire', async (_, frames) => {
    const sent = Buffer.concat(frames);
    const { out, error } = await passed(frames);
    expect(error).toBeUndefined();
    expect(out.length).toBe(sent.length);
    expect(out.includes(SECRET)).toBe(false);
    // A random key is the same once in 2^32.
    const keysOf = (bytes: Buffer): string[] => {
      const keys: string[] = [];
      for (let at = 0; at < bytes.length; at += 6 + ((bytes[at + 1] ?? 0) & 0x7f))
        keys.push(bytes.toString('hex', at + 2, at + 6));
      return keys;
    };
    expect(keysOf(out).length).toBe(frames.length);
    expect(keysOf(out).filter((key) => keysOf(sent).includes(key))).toEqual([]);
  });

  test('have the shortest form of their length', async () => {
    const long = (text: string, bytes: string): Buffer =>
      Buffer.concat([Buffer.from(bytes, 'hex'), Buffer.alloc(4), Buffer.from(text)]);
    const { out } = await passed([long('hi', '81fe0002'), long('ho', '82ff0000000000000002')]);
    expect([out.length, out.toString('hex', 0, 2), out.toString('hex', 8, 10)]).toEqual([16, '8182', '8282']);
    expect(new FrameReader('client').push(out).map(({ payload }) => payload.toString())).toEqual([
      'hi',
      'ho',
    ]);
  });

  test('keep their content, at any size and in any pieces', async () => {
    const size = fc.oneof(fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536), fc.nat(3_000));
    // Excludes text in any coding, and the beginning of a compressed block of deflate (RFC 1951, 3.2.3), which would be
    // decoded.
    const byte = fc.integer({ min: 128, max: 255 }).filter((one) => [0, 6].includes(one & 6));
    const piece = fc.record({ size, isControl: fc.boolean(), isFinal: fc.boolean(), byte });
    const property = fc.asyncProperty(
      fc.array(piece, { maxLength: 6 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.array(fc.nat(70_000), { maxLength: 8 }),
      async (pieces, key, cuts) => {
        let isOpen = false;
        const parts = pieces.map((one, at) => {
          const { isControl } = one;
          const isFinal = isControl || one.isFinal || at === pieces.length - 1;
          const opcode = isControl ? 9 : isOpen ? 0 : 2;
          if (!isControl) isOpen = !isFinal;
          return { opcode, isFinal, payload: Buffer.alloc(isControl ? one.size % 126 : one.size, one.byte) };
        });
        // Ends an open message, because a control frame may be the last piece.
        if (isOpen) parts.push({ opcode: 0, isFinal: true, payload: Buffer.from('end') });
        const sent = Buffer.concat(
          parts.map(({ payload, ...facts }) => frame(payload, { ...facts, mask: key })),
        );
        const ends = [...cuts.map((cut) => cut % (sent.length + 1)), sent.length].toSorted((a, b) => a - b);
        const chunks = ends.map((end, at) => sent.subarray(ends[at - 1] ?? 0, end));
        const before = Buffer.from(sent);
        const { out, error } = await passed(chunks);
        expect(error).toBeUndefined();
        expect(sent.equals(before)).toBe(true);
        const told = ({ opcode, isFinal, payload }: Omit<Frame, 'bytes'>) =>
          `${opcode} ${isFinal} ${payload.length} ${payload.toString('hex')}`;
        const read = new FrameReader('client').push(out).map(told);
        // Control frames do not wait for the end of their message.
        const inOrder = (all: readonly string[]) => [
          ...all.filter((line) => line.startsWith('9')),
          ...all.filter((line) => !line.startsWith('9')),
        ];
        expect(inOrder(read)).toEqual(inOrder(parts.map(told)));
      },
    );
    await fc.assert(property, { numRuns: runs(100) });
  });
});

test('unfinished messages of all clients share a limit, and free it when they end', async () => {
  const size = 3 * 1024 ** 2;
  const begun = frame(Buffer.alloc(size, 'a'), { isFinal: false });
  const open = () => {
    const stream = inspectFrames({ inspector, host: 'a.test', action: 'block' });
    const errors: Error[] = [];
    stream.on('error', (error) => errors.push(error)).resume();
    stream.write(begun);
    return { stream, errors };
  };
  const fit = Math.floor(MAX_WAITING_BYTES / (begun.length + 256));
  const kept = Array.from({ length: fit }, open);
  await turn();
  expect(kept.flatMap(({ errors }) => errors)).toEqual([]);
  const oneMore = open();
  await turn();
  expect(oneMore.errors).toEqual([expect.any(BadFrame)]);
  kept[0]?.stream.destroy();
  await turn();
  const another = open();
  await turn();
  expect(another.errors).toEqual([]);
  for (const { stream } of [...kept, another]) stream.destroy();
});

test('while the reader stalls, at most one frame waits', () => {
  const stream = inspectFrames({ inspector, host: 'a.test', action: 'block' });
  expect([frame('one'), frame('two')].map((bytes) => stream.write(bytes))).toEqual([false, false]);
  expect(stream.readableLength).toBe(9);
  stream.destroy();
});
