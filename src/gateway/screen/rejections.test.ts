import { describe, expect, test, vi } from 'vitest';
import { Rejections } from './rejections.ts';

const FOREVER = new AbortController().signal;

function rejections() {
  const clock = { nowMs: 0 };
  const values: Record<string, string> = { key: 'one', other: 'o', fixed: 'f' };
  const made = new Rejections({
    isRenewable: (name) => name !== 'fixed',
    valueOf: (name) => values[name],
    nowMs: () => clock.nowMs,
  });
  return { made, values, clock };
}

/** The answer that a listener receives at once; undefined: nothing yet. */
const toldNow = async (asked: Promise<readonly string[]>) =>
  await Promise.race([asked, new Promise<undefined>((resolve) => void setImmediate(resolve, undefined))]);

describe('listeners for rejected secrets', () => {
  test('get a rejection again after the clock of the host was set back', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
    try {
      const made = new Rejections({ isRenewable: () => true, valueOf: () => 'one' });
      made.rejected('key', 'one');
      expect(await made.next(FOREVER)).toEqual(['key']);
      vi.advanceTimersByTime(31_000);
      vi.setSystemTime(Date.now() - 3_600_000);
      made.rejected('key', 'one');
      expect(await toldNow(made.next(FOREVER))).toEqual(['key']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('get a rejection at once, even one from before they listened', async () => {
    const { made } = rejections();
    const asked = made.next(FOREVER);
    made.rejected('key', 'one');
    expect(await asked).toEqual(['key']);
    made.rejected('other', 'o');
    expect(await made.next(FOREVER)).toEqual(['other']);
  });

  test('get no rejection of a replaced value, of a secret without renewal, or of one too soon after another', async () => {
    const { made, values, clock } = rejections();
    values['key'] = 'two';
    made.rejected('key', 'one');
    made.rejected('fixed', 'f');
    made.rejected('other', 'o');
    expect(await made.next(FOREVER)).toEqual(['other']);
    clock.nowMs = 29_000;
    const asked = made.next(FOREVER);
    made.rejected('other', 'o');
    expect(await toldNow(asked)).toBeUndefined();
    clock.nowMs = 30_000;
    made.rejected('other', 'o');
    expect(await asked).toEqual(['other']);
  });

  test('are released when they leave, and when another arrives', async () => {
    const { made } = rejections();
    const ending = new AbortController();
    const gone = made.next(ending.signal);
    ending.abort();
    expect(await gone).toEqual([]);
    const first = made.next(FOREVER);
    const second = made.next(FOREVER);
    expect(await first).toEqual([]);
    made.rejected('key', 'one');
    expect(await second).toEqual(['key']);
  });
});

describe('requests that need a rejected secret', () => {
  test('wait until the listener asks again', async () => {
    const { made } = rejections();
    const asked = made.next(FOREVER);
    expect(made.settled('key')).toBeUndefined();
    made.rejected('key', 'one');
    const settled = made.settled('key');
    const order: string[] = [];
    const waiting = settled?.then(() => order.push('settled'));
    await asked;
    order.push('told');
    void made.next(FOREVER);
    await waiting;
    expect(order).toEqual(['told', 'settled']);
    expect(made.settled('key')).toBeUndefined();
    expect(made.settled('other')).toBeUndefined();
  });

  test('wait for a listener that is yet to arrive', async () => {
    const { made } = rejections();
    made.rejected('key', 'one');
    expect(await made.next(FOREVER)).toEqual(['key']);
    expect(made.settled('key')).toBeInstanceOf(Promise);
  });

  test('wait for a secret that was rejected during the reading of another', async () => {
    const { made } = rejections();
    const asked = made.next(FOREVER);
    made.rejected('key', 'one');
    await asked;
    made.rejected('other', 'o');
    expect(made.settled('other')).toBeInstanceOf(Promise);
    expect(await made.next(FOREVER)).toEqual(['other']);
    expect([made.settled('key'), made.settled('other')]).toEqual([undefined, expect.any(Promise)]);
  });

  test('give no rejection to a listener that left before, and keep it for the next', async () => {
    const { made } = rejections();
    made.rejected('key', 'one');
    expect(await made.next(AbortSignal.abort())).toEqual([]);
    expect(await made.next(FOREVER)).toEqual(['key']);
  });
});
