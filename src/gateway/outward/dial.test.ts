import { expect, test } from 'vitest';
import { withTimeout } from './dial.ts';

test('withTimeout returns a value in time, and gives up on a late one', async () => {
  expect(await withTimeout(60_000, Promise.resolve(1))).toBe(1);
  await expect(withTimeout(60_000, Promise.reject(new Error('no such host')))).rejects.toThrow(
    'no such host',
  );
  await expect(withTimeout(1, new Promise(() => undefined))).rejects.toThrow('ETIMEDOUT');
});
