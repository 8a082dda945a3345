import { PassThrough, Readable, Writable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyOutput, createFrameParser } from './demultiplex.ts';

type Piece = readonly [stream: 1 | 2, payload: Uint8Array];

function encode(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(
    pieces.flatMap(([stream, payload]) => {
      const header = Buffer.alloc(8);
      header[0] = stream;
      header.writeUInt32BE(payload.length, 4);
      return [header, payload];
    }),
  );
}

function collect(pieces: readonly Piece[], stream: 1 | 2): Buffer {
  return Buffer.concat(pieces.filter(([of]) => of === stream).map(([, payload]) => payload));
}

function split(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)].filter((chunk) => chunk.length > 0);
}

const pieces = fc.array(fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.uint8Array({ maxLength: 40 })), {
  maxLength: 12,
});

describe('createFrameParser', () => {
  it('createFrameParser gives every byte to its stream, however the bytes are cut', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.nat({ max: 20 })), (sent, cuts) => {
        const parse = createFrameParser();
        const frames = split(encode(sent), cuts).flatMap((chunk) => parse(chunk));
        const got = (stream: 'stdout' | 'stderr'): Buffer =>
          Buffer.concat(frames.filter((frame) => frame.stream === stream).map((frame) => frame.payload));
        expect(got('stdout')).toEqual(collect(sent, 1));
        expect(got('stderr')).toEqual(collect(sent, 2));
      }),
    );
  });
});

describe('copyOutput', () => {
  const read = (sink: PassThrough): string => (sink.read() as Buffer | null)?.toString() ?? '';

  it('copyOutput separates the streams of a program without a terminal', async () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const bytes = encode([
      [1, Buffer.from('out')],
      [2, Buffer.from('err')],
      [1, Buffer.from('put')],
    ]);
    await copyOutput(Readable.from([bytes]), { stdout, stderr }, false);
    expect([read(stdout), read(stderr)]).toEqual(['output', 'err']);
  });

  it("copyOutput passes a terminal's output unchanged", async () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    await copyOutput(Readable.from([Buffer.from([1, 0, 0, 0, 0, 0, 0, 1, 65])]), { stdout, stderr }, true);
    expect(read(stdout)).toBe('\u0001\0\0\0\0\0\0\u0001A');
    expect(read(stderr)).toBe('');
  });

  it('copyOutput reads on to the end when the reader goes away', async () => {
    const stdout = new Writable({ highWaterMark: 1, write: () => stdout.destroy() });
    const chunks = [Buffer.from('one'), Buffer.from('two'), Buffer.from('three')];
    await expect(
      copyOutput(Readable.from(chunks), { stdout, stderr: stdout }, true),
    ).resolves.toBeUndefined();
  });
});
