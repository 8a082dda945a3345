import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { within } from '../../../src/verify/guest/wire.ts';

const DEADLINE_MS = 200;

/** Blocks this process, as a host that gives it no processor time. */
const stall = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('a promise that never settles is given up at its deadline', async () => {
  await expect(within(DEADLINE_MS, new Promise(() => undefined))).rejects.toThrow('no answer');
});

test('a result that was late because this program was busy counts', async () => {
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

test('the error of a promise is thrown', async () => {
  await expect(within(DEADLINE_MS, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});
