import { expect, test } from 'vitest';
import { usageOfFrames } from './usage.ts';

/** Returns a host's frame, which is not masked. */
function frame(payload: string | Buffer, { opcode = 1, isFinal = true } = {}): Buffer {
  const bytes = Buffer.from(payload as string);
  const head = Buffer.alloc(bytes.length < 126 ? 2 : 4);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  head[1] = bytes.length < 126 ? bytes.length : 126;
  if (head.length === 4) head.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([head, bytes]);
}

const delta = frame(
  '{"type":"response.output_text.delta","delta":"word ","item_id":"msg_0123456789","output_index":0}',
);
const deltas = (count: number): Buffer[] => Array.from({ length: count }, () => delta);
const done = (input: number, output: number): Buffer =>
  frame(
    JSON.stringify({
      type: 'response.done',
      response: { text: 'x'.repeat(3_000), usage: { input_tokens: input, output_tokens: output } },
    }),
  );

/** Returns the sums after each step. */
function sums(...steps: readonly (readonly Buffer[])[]): string[] {
  const sum = { input: 0, output: 0 };
  const { push, forget } = usageOfFrames(({ input, output }) => {
    sum.input += input;
    sum.output += output;
  });
  const all = steps.map((frames) => {
    push(Buffer.concat(frames));
    return `${sum.input}+${sum.output}`;
  });
  forget();
  return all;
}

test('missing usage is estimated, and a statement replaces the estimate', () => {
  expect(sums(deltas(40), [done(100, 55)], [delta, delta])).toEqual(['0+40', '100+55', '100+57']);
});

test('each of several answers counts once, even when all arrive at once', () => {
  const answer = (input: number, output: number): Buffer[] => [...deltas(9), done(input, output)];
  expect(sums(answer(10, 20), answer(30, 5), [done(1, 1)], deltas(3))).toEqual([
    '10+20',
    '40+25',
    '41+26',
    '41+29',
  ]);
  expect(sums([...answer(10, 20), ...answer(30, 5)])).toEqual(['40+25']);
});

test('a message in frames counts as one, and a long one costs more', () => {
  const long = Buffer.from(`["${'a'.repeat(3 * 1_024 - 2)}`);
  const pieces = [
    frame(long.subarray(0, 1_000), { isFinal: false }),
    frame(Buffer.alloc(100, 'p'), { opcode: 9 }),
    frame(long.subarray(1_000), { opcode: 0 }),
  ];
  expect(sums(pieces)).toEqual(['0+4']);
});

test('a message that begins with an empty frame is judged by what follows', () => {
  const pieces = [frame('', { isFinal: false }), frame(`{"data":"${'a'.repeat(100)}"}`, { opcode: 0 })];
  expect(sums(pieces)).toEqual(['0+1']);
});

test('a message that is not JSON has no usage, in frames of any kind', () => {
  const screen = Buffer.alloc(16 * 1_024, 0);
  expect(sums([frame('a shell says many words, and more of them than would be short'.repeat(3))])).toEqual([
    '0+0',
  ]);
  expect(sums([frame(screen, { opcode: 2 }), frame(screen, { opcode: 2, isFinal: false })])).toEqual(['0+0']);
  expect(sums([frame(` \n{"data":"${'a'.repeat(100)}"}`, { opcode: 2 })])).toEqual(['0+1']);
});

test('a message that states no output keeps the estimate', () => {
  const input = frame('{"type":"x","usage":{"input_tokens":7,"output_tokens":0}}');
  expect(sums(deltas(2), [input], [frame('short'), frame('', { opcode: 9 })])).toEqual(['0+2', '7+2', '7+2']);
});

test('a short answer does not reduce the cost of a long one beside it', () => {
  expect(sums(deltas(500), [done(1, 1)], deltas(3), [done(100, 55)])).toEqual([
    '0+500',
    // A statement replaces eight times its tokens, including the input.
    '1+485',
    '1+488',
    '101+540',
  ]);
});
