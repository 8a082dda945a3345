import { expect, test } from 'vitest';
import { lzma2, xzOf } from '../compressed.testing.ts';
import { createXzEngine } from './xz.ts';

// In a file of its own: what is given up here is collected some time later, and until then there may be no other engine.
test('a stream whose later blocks ask for more memory than its first is given up before there is too much', () => {
  const [small, large] = [10, 28].map((dictionary) => ({ data: 'a text', filters: [lzma2(dictionary)] }));
  const bytes = xzOf(small!, large!, large!);
  const before = process.memoryUsage().external;
  const engines = Array.from({ length: 20 }, () => createXzEngine());
  const states = engines.map((engine) => engine.write(bytes.subarray(0, -40), 1_000).state);
  expect(states).toContain('sealed');
  expect(process.memoryUsage().external - before).toBeLessThan(400 * 1024 ** 2);
  for (const engine of engines) engine.close();
});
