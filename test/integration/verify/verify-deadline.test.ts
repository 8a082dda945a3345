import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { within } from '../../../src/verify/guest/wire.ts';

const DEADLINE_MS = 200;

/** Blocks this process, as a host that gives it no processor time. */
const stall = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('what never answers is given up', async () => {
  await expect(within(DEADLINE_MS, new Promise(() => undefined))).rejects.toThrow('no answer');
});

test('an answer that had to wait because this program had no time is one', async () => {
  const answered = within(
    DEADLINE_MS,
    sleep(1).then(async () => {
      stall(DEADLINE_MS * 2);
      await sleep(1);
      return 'answer';
    }),
  );
  await expect(answered).resolves.toBe('answer');
});

test('what the promise throws is thrown', async () => {
  await expect(within(DEADLINE_MS, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});
