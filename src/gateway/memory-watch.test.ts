import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { tooMuch } from './memory-watch.ts';

const MIB = 1024 ** 2;

test('buffers count, not only the heap', () => {
  const used = { total_heap_size: 100 * MIB, external_memory: 200 * MIB, malloced_memory: 84 * MIB };
  expect(tooMuch(used)).toBeUndefined();
  expect(tooMuch({ ...used, external_memory: 201 * MIB })).toBe(
    'the gateway uses 385 MiB of memory, and ends at 384',
  );
});

test('V8 tells of buffers what is counted', () => {
  const before = getHeapStatistics().external_memory;
  const buffer = Buffer.alloc(64 * MIB, 1);
  expect(getHeapStatistics().external_memory - before).toBeGreaterThan(48 * MIB);
  expect(buffer.at(-1)).toBe(1);
});
