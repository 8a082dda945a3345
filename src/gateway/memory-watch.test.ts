import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { tooMuch } from './memory-watch.ts';

const MIB = 1024 ** 2;

test('the memory limit counts buffers, not only the heap', () => {
  const used = { total_heap_size: 100 * MIB, external_memory: 200 * MIB, malloced_memory: 84 * MIB };
  expect(tooMuch(used)).toBeUndefined();
  expect(tooMuch({ ...used, external_memory: 201 * MIB })).toBe(
    'the gateway uses 385 MiB of memory, and ends at 384',
  );
});

test('V8 reports the buffers that the limit counts', () => {
  // In a separate process: in this one, other tests' buffers are freed meanwhile.
  const program = `
    const { getHeapStatistics } = require('node:v8');
    const before = getHeapStatistics().external_memory;
    const buffer = Buffer.alloc(${64 * MIB}, 1);
    console.log(getHeapStatistics().external_memory - before, buffer.at(-1));`;
  const [grown, last] = execFileSync(process.execPath, ['--eval', program], { encoding: 'utf8' }).split(' ');
  expect(Number(grown)).toBeGreaterThan(48 * MIB);
  expect(Number(last)).toBe(1);
});
