import { expect, test } from 'vitest';
import { MAX_BYTES, minimised } from './corpus.ts';
import { leakIn } from './heap.ts';
import { mutate } from './mutate.ts';
import { createRandom } from './random.ts';

test('the same seed makes the same inputs, of which none is too long and most are new', () => {
  const series = (seed: number): readonly string[] => {
    const random = createRandom(seed);
    const input = Buffer.from('GET / HTTP/1.1');
    const material = { random, tokens: [Buffer.from('Host: ')], maxBytes: 64, other: Buffer.from('abc') };
    return Array.from({ length: 2_000 }, () => mutate(input, material).toString('latin1'));
  };
  expect(series(7)).toEqual(series(7));
  expect(series(7)).not.toEqual(series(8));
  expect(Math.max(...series(7).map(({ length }) => length))).toBeLessThanOrEqual(64);
  expect(new Set(series(7)).size).toBeGreaterThan(1_000);
});

test('of what adds the same, the smallest is kept, and never more than may be', async () => {
  const seen = new Set<number>();
  const adds = async (input: Buffer): Promise<boolean> =>
    await Promise.resolve(seen.size < seen.add(input[0] ?? 0).size);
  const inputs = ['abc', 'a', 'bcd', 'b'].map((text) => Buffer.from(text));
  expect((await minimised(inputs, adds)).map(String)).toEqual(['a', 'b']);
  const large = [1, 2, 3, 4].map((byte) => Buffer.alloc(MAX_BYTES / 3, byte));
  expect(await minimised(large, adds)).toHaveLength(3);
});

test('memory that grows with every input is a leak; what is filled once is none', () => {
  const series = (bytesAfter: (inputs: number) => number) =>
    Array.from({ length: 50 }, (_, index) => ({ inputs: index * 2_000, bytes: bytesAfter(index * 2_000) }));
  expect(leakIn(series((inputs) => inputs * 4_000))).toContain('has grown by');
  expect(leakIn(series((inputs) => Math.min(inputs, 20_000) * 4_000))).toBeUndefined();
  expect(leakIn([])).toBeUndefined();
});
