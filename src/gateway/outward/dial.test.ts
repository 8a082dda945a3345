import { expect, test } from 'vitest';
import { withTimeout } from './dial.ts';

test('what comes in time comes, and what does not is given up', async () => {
  expect(await withTimeout(60_000, Promise.resolve(1))).toBe(1);
  await expect(withTimeout(60_000, Promise.reject(new Error('no such host')))).rejects.toThrow(
    'no such host',
  );
  await expect(withTimeout(1, new Promise(() => undefined))).rejects.toThrow('ETIMEDOUT');
});
