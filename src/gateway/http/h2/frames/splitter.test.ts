import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConnectionFault } from '../faults.ts';
import { FLAG, frameOf, TYPE } from './frame.ts';
import { Kept } from '../../kept.testing.ts';
import { Splitter } from './splitter.ts';

interface Said {
  readonly head: { readonly type: number; readonly flags: number; readonly id: number };
  readonly payload: string;
}

const isPlain = ({ head: { type, flags } }: Said): boolean =>
  type === TYPE.data && (flags & FLAG.padded) === 0;

/** Joins consecutive content of one stream, independent of the ends of frames and reads. */
function joined(all: readonly Said[]): Said[] {
  const result: Said[] = [];
  for (const said of all) {
    const last = result.at(-1);
    const goesOn = last !== undefined && isPlain(last) && last.payload !== '' && last.head.flags === 0;
    if (goesOn && isPlain(said) && said.payload !== '' && last.head.id === said.head.id)
      result[result.length - 1] = { head: said.head, payload: last.payload + said.payload };
    else result.push(said);
  }
  return result;
}

/** Returns the frames that the splitter passes on. */
function split(bytes: Buffer, ends: readonly number[]): Said[] {
  const given: Said[] = [];
  const splitter = new Splitter(({ type, flags, id, payload }) =>
    given.push({ head: { type, flags, id }, payload: payload.toString('latin1') }),
  );
  const cuts = [0, ...[...ends].sort((a, b) => a - b), bytes.length];
  for (const [index, start] of cuts.slice(0, -1).entries())
    splitter.push(Buffer.from(bytes.subarray(start, cuts[index + 1])));
  return given;
}

/** Mostly content of one stream that continues, which the splitter joins. */
const frame = fc.record({
  type: fc.oneof(
    { weight: 3, arbitrary: fc.constant(TYPE.data) },
    { weight: 1, arbitrary: fc.constantFrom(TYPE.headers, TYPE.ping, 77) },
  ),
  flags: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(FLAG.endStream, FLAG.padded | FLAG.endStream) },
  ),
  id: fc.constantFrom(1, 1, 3, 2 ** 31 - 1),
  payload: fc.uint8Array({ maxLength: 40 }),
});

test('frames equal the written ones however their bytes are cut, except that content may be split', () => {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 6 }), cuts, (frames, at) => {
      const bytes = Buffer.concat(frames.map(({ payload, ...head }) => frameOf(head, payload)));
      const ends = at.map((part) => Math.floor(part * bytes.length));
      const written = frames.map(({ payload, ...head }) => ({
        head,
        payload: Buffer.from(payload).toString('latin1'),
      }));
      expect(joined(split(bytes, ends))).toEqual(joined(written));
    }),
  );
});

test('content is passed on as it arrives, and other frames when they are complete', () => {
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

test('frames of one stream from one read are passed on in one piece', () => {
  const seen: [number, number, string][] = [];
  const splitter = new Splitter(({ flags, id, payload }) => seen.push([id, flags, payload.toString()]));
  const content = (id: number, text: string, flags = 0): Buffer =>
    frameOf({ type: TYPE.data, flags, id }, text);
  const bytes = Buffer.concat([
    content(1, 'abcdef'),
    content(1, 'ghi'),
    content(1, 'jklmno', FLAG.endStream),
  ]);
  splitter.push(Buffer.from(bytes.subarray(0, 12)));
  splitter.push(Buffer.from(bytes.subarray(12, -2)));
  splitter.push(Buffer.from(bytes.subarray(-2)));
  expect(seen.splice(0)).toEqual([
    [1, 0, 'abc'],
    [1, 0, 'defghijklm'],
    [1, FLAG.endStream, 'no'],
  ]);
  // It does not join across another stream, the end, padding, or an empty frame.
  const apart = [
    content(1, 'a'),
    content(3, 'b'),
    content(3, ''),
    content(3, 'c', FLAG.endStream),
    content(3, 'd'),
  ];
  splitter.push(Buffer.concat([...apart, content(3, '\0e', FLAG.padded), content(3, 'f')]));
  expect(seen.map(([id, , text]) => [id, text])).toEqual([
    [1, 'a'],
    [3, 'b'],
    [3, ''],
    [3, 'c'],
    [3, 'd'],
    [3, '\0e'],
    [3, 'f'],
  ]);
});

test('a frame that is too long is refused at its head', () => {
  const splitter = new Splitter(() => undefined);
  const bytes = frameOf({ type: TYPE.data, flags: 0, id: 1 }, 'x'.repeat(16_385));
  expect(() => splitter.push(bytes.subarray(0, 9))).toThrow(ConnectionFault);
});

test('the highest bit of an identifier is ignored (RFC 9113, 4.1)', () => {
  const ids: number[] = [];
  const splitter = new Splitter(({ id }) => ids.push(id));
  splitter.push(frameOf({ type: TYPE.ping, flags: 0, id: 2 ** 31 + 5 }, '12345678'));
  expect(ids).toEqual([5]);
});

test('a frame that arrives byte by byte keeps none of the memory that its bytes arrived in', async () => {
  const kept = new Kept();
  const lengths: number[] = [];
  const splitter = new Splitter(({ payload }) => lengths.push(payload.length));
  splitter.push(frameOf({ type: TYPE.headers, flags: 0, id: 1 }, 'x'.repeat(16_384)).subarray(0, 9));
  for (let count = 0; count < 16_383; count += 1) splitter.push(kept.byteIn(1));
  expect(await kept.count()).toBeLessThan(3);
  splitter.push(kept.byteIn(1));
  expect(lengths).toEqual([16_384]);
});
