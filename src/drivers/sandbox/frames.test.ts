import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, encodeRequest, frameReader, sizeBytes } from './frames.ts';

const frames = fc.array(fc.tuple(fc.constantFrom('i', 'o', 'x', 'c'), fc.uint8Array({ maxLength: 300 })));

test('frames come out unchanged, however the stream is cut', () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 64 }), (sent, pieceBytes) => {
      const stream = Buffer.concat(sent.map(([letter, bytes]) => encodeFrame(letter, bytes)));
      const read = frameReader();
      const got = [];
      for (let at = 0; at < stream.length; at += pieceBytes)
        got.push(...read(stream.subarray(at, at + pieceBytes)));
      expect(got.map(({ letter, bytes }) => [letter, [...bytes]])).toEqual(
        sent.map(([letter, bytes]) => [letter, [...bytes]]),
      );
    }),
  );
});

test('a terminal size is rows, then columns', () => {
  expect([...sizeBytes({ columns: 258, rows: 3 })]).toEqual([0, 3, 1, 2]);
});

test('a request has its fields in order', () => {
  const request = encodeRequest({
    kind: 'main',
    terminal: { columns: 80, rows: 24 },
    cwd: '/work',
    argv: ['sh', '-c', 'a\nb'],
    env: { A: '1', B: 'x=y' },
  });
  expect(request.toString().split('\0')).toEqual([
    'main',
    '24 80',
    '/work',
    '3',
    'sh',
    '-c',
    'a\nb',
    'A=1',
    'B=x=y',
  ]);
});

test('a NUL cannot add a field', () => {
  const request = { kind: 'exec', terminal: undefined, cwd: '/', argv: ['a\0b'], env: {} } as const;
  expect(() => encodeRequest(request)).toThrow(RangeError);
});

test('a frame longer than any of ours is refused by its length', () => {
  const read = frameReader();
  const header = encodeFrame('o').fill(0xff, 1);
  expect(() => read(header)).toThrow('4294967295 bytes');
});
