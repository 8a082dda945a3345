import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader } from './frames.ts';

interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly mask: Uint8Array;
}

function write({ opcode, payload, mask }: Frame): Buffer {
  const { length } = payload;
  const size =
    length < 126 ? Buffer.from([0x80 | length]) : Buffer.from([0x80 | 126, length >> 8, length & 0xff]);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | opcode]), size, mask, masked]);
}

const said = (reader: FrameReader, bytes: Uint8Array): string => {
  const reading = reader.read(bytes);
  return 'fault' in reading ? reading.fault : Buffer.concat(reading.pieces).toString('hex');
};

const frame = fc.record({
  opcode: fc.constantFrom(0x0, 0x1, 0x2),
  payload: fc.uint8Array({ maxLength: 400 }),
  mask: fc.uint8Array({ minLength: 4, maxLength: 4 }),
});

test('what frames say is read, however they are cut up', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 4 }), fc.integer({ min: 1, max: 50 }), (frames, size) => {
      const bytes = Buffer.concat(frames.map(write));
      const reader = new FrameReader();
      let text = '';
      for (let at = 0; at < bytes.length; at += size) text += said(reader, bytes.subarray(at, at + size));
      expect(text).toBe(Buffer.concat(frames.map(({ payload }) => payload)).toString('hex'));
    }),
  );
});

describe('what no client of ours may send', () => {
  test.each([
    ['an unmasked frame', '8105', 'not masked'],
    ['a compressed frame', 'c185', 'reserved bits'],
    ['an unknown opcode', '8385', 'unknown opcode 3'],
    ['a ping in parts', '0985', 'control frame'],
    ['a long ping', '89fe', 'control frame'],
    ['a frame without end', '82ffffffffffffffffff00000000', 'longer than anything'],
  ])('%s', (_, hex, fault) => {
    const reader = new FrameReader();
    expect(said(reader, Buffer.from(hex, 'hex'))).toContain(fault);
    expect(said(reader, Buffer.from('8180', 'hex'))).toContain(fault);
  });

  test('bytes from nowhere are read without a fault of ours', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(Object.keys(new FrameReader().read(bytes))).toHaveLength(1);
      }),
    );
  });
});
