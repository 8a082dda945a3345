import { expect, test } from 'vitest';
import { eachInTurn } from './together.ts';

test('eachInTurn runs a number of tasks at a time, and returns results in order', async () => {
  let now = 0;
  let most = 0;
  const made = await eachInTurn([3, 1, 2, 0], 2, async (one) => {
    most = Math.max(most, (now += 1));
    for (let turn = 0; turn < one; turn += 1) await Promise.resolve();
    now -= 1;
    return one * 10;
  });
  expect(made).toEqual([30, 10, 20, 0]);
  expect(most).toBe(2);
});

test('after a failure eachInTurn starts no task, and awaits the running ones', async () => {
  const ended: number[] = [];
  const all = eachInTurn([0, 1, 2, 3], 2, async (one) => {
    await Promise.resolve();
    if (one === 0) throw new Error('failed');
    await new Promise(setImmediate);
    ended.push(one);
  });
  await expect(all).rejects.toThrow('failed');
  expect(ended).toEqual([1]);
});

test('eachInTurn of nothing returns nothing', async () => {
  expect(await eachInTurn([], 2, async (one) => await Promise.resolve(one))).toEqual([]);
});
