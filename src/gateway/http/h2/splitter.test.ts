import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConnectionFault } from './faults.ts';
import { FLAG, frameOf, TYPE, type Frame } from './frame.ts';
import { Splitter } from './splitter.ts';

/** What is given on, with the parts of a frame of content put together again. */
function split(bytes: Buffer, ends: readonly number[]): { head: object; payload: string }[] {
  const frames: { head: object; payload: string; isOpen: boolean; left: number }[] = [];
  const take = ({ type, flags, id, payload }: Frame): void => {
    const text = payload.toString('latin1');
    const last = frames.at(-1);
    if (last?.isOpen === true) {
      last.payload += text;
      last.left -= text.length;
      last.isOpen = last.left > 0;
      if (!last.isOpen) last.head = { type, flags, id };
      return;
    }
    const said = lengths[frames.length] ?? 0;
    const left = said - text.length;
    frames.push({ head: { type, flags, id }, payload: text, isOpen: left > 0, left });
  };
  const lengths = lengthsIn(bytes);
  const splitter = new Splitter(take);
  const cuts = [0, ...[...ends].sort((a, b) => a - b), bytes.length];
  for (const [index, start] of cuts.slice(0, -1).entries())
    splitter.push(bytes.subarray(start, cuts[index + 1]));
  expect(frames.some(({ isOpen }) => isOpen)).toBe(false);
  return frames.map(({ head, payload }) => ({ head, payload }));
}

function lengthsIn(bytes: Buffer): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3))
    lengths.push(bytes.readUIntBE(at, 3));
  return lengths;
}

const frame = fc.record({
  type: fc.constantFrom(TYPE.data, TYPE.data, TYPE.headers, TYPE.ping, 77),
  flags: fc.constantFrom(0, FLAG.endStream, FLAG.padded | FLAG.endStream),
  id: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  payload: fc.uint8Array({ maxLength: 40 }),
});

test('frames are the same however their bytes are cut, and the same as were written', () => {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 6 }), cuts, (frames, at) => {
      const bytes = Buffer.concat(frames.map(({ payload, ...head }) => frameOf(head, payload)));
      const ends = at.map((part) => Math.floor(part * bytes.length));
      const written = frames.map(({ payload, ...head }) => ({
        head,
        payload: Buffer.from(payload).toString('latin1'),
      }));
      expect(split(bytes, ends)).toEqual(written);
    }),
  );
});

test('content is given on as it comes; whatever else is waited for', () => {
  const seen: [number, number, number][] = [];
  const splitter = new Splitter(({ type, flags, payload }) => seen.push([type, flags, payload.length]));
  const content = frameOf({ type: TYPE.data, flags: FLAG.endStream, id: 1 }, 'abcdef');
  splitter.push(content.subarray(0, 12));
  splitter.push(content.subarray(12));
  const ping = frameOf({ type: TYPE.ping, flags: 0, id: 0 }, '12345678');
  splitter.push(ping.subarray(0, 12));
  splitter.push(ping.subarray(12));
  expect(seen).toEqual([
    [TYPE.data, 0, 3],
    [TYPE.data, FLAG.endStream, 3],
    [TYPE.ping, 0, 8],
  ]);
});

test('a frame that is too long is refused with its head', () => {
  const splitter = new Splitter(() => undefined);
  const bytes = frameOf({ type: TYPE.data, flags: 0, id: 1 }, 'x'.repeat(16_385));
  expect(() => splitter.push(bytes.subarray(0, 9))).toThrow(ConnectionFault);
});

test('the highest bit of an identifier says nothing (RFC 9113, 4.1)', () => {
  const ids: number[] = [];
  const splitter = new Splitter(({ id }) => ids.push(id));
  splitter.push(frameOf({ type: TYPE.ping, flags: 0, id: 2 ** 31 + 5 }, '12345678'));
  expect(ids).toEqual([5]);
});
