import { describe, expect, test } from 'vitest';
import { createRefresher, type RefreshClock, type Refresher } from './refresh.ts';
import type { HeldSecret } from './source.ts';

/** A clock that the test advances by hand. */
function handClock(): RefreshClock & { waiting: () => number[]; ring: () => void } {
  const timers: { readonly delayMs: number; readonly ring: () => void }[] = [];
  return {
    nowMs: () => 1_000_000,
    after: (delayMs, ring) => {
      const timer = { delayMs, ring };
      timers.push(timer);
      return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
    },
    waiting: () => timers.map(({ delayMs }) => delayMs),
    ring: () => timers.shift()?.ring(),
  };
}

interface World {
  readonly refresher: Refresher;
  readonly clock: ReturnType<typeof handClock>;
  readonly delivered: string[];
  readonly failures: (number | undefined)[];
  /** The readings that began; the test settles each of them. */
  readonly readings: PromiseWithResolvers<string>[];
}

interface Lasting {
  readonly refreshMs: number | undefined;
  /** Expiry of the first secret, and of each that follows. */
  readonly expireAtMs?: readonly number[];
}

function begin({ refreshMs, expireAtMs = [] }: Lasting = { refreshMs: 600_000 }): World {
  const [firstMs, ...nextMs] = expireAtMs;
  const held = (value: string, expiresAtMs: number | undefined): HeldSecret =>
    Object.assign(() => value, expiresAtMs === undefined ? {} : { expiresAtMs });
  const clock = handClock();
  const world = {
    delivered: [] as string[],
    failures: [] as (number | undefined)[],
    readings: [] as PromiseWithResolvers<string>[],
  };
  const refresher = createRefresher({
    first: held('first', firstMs),
    refreshMs,
    clock,
    read: async () => {
      const reading = deferred();
      world.readings.push(reading);
      return held(await reading.promise, nextMs.shift());
    },
    deliver: (secret) => {
      if (secret() === 'undeliverable') throw new Error('nobody takes it');
      world.delivered.push(secret());
    },
    failed: (_, retryMs) => world.failures.push(retryMs),
  });
  return { refresher, clock, ...world };
}

interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

function deferred(): PromiseWithResolvers<string> {
  let resolve: (value: string) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  return { promise, resolve, reject };
}

const settled = async (): Promise<void> => await new Promise((done) => setImmediate(done));

describe('a secret that expires', () => {
  test('an expiring secret is read again before its expiry, and delivered if it changed', async () => {
    const { clock, readings, delivered } = begin();
    expect(clock.waiting()).toEqual([480_000]);
    clock.ring();
    readings[0]?.resolve('first');
    await settled();
    expect(delivered).toEqual([]);
    clock.ring();
    readings[1]?.resolve('second');
    await settled();
    expect(delivered).toEqual(['second']);
    expect(clock.waiting()).toEqual([480_000]);
  });

  test('an expiring secret is read once, however many requests ask', async () => {
    const { refresher, clock, readings, delivered } = begin();
    const asking = [refresher.refreshNow(), refresher.refreshNow()];
    clock.ring();
    expect(readings.length).toBe(1);
    readings[0]?.resolve('second');
    await Promise.all(asking);
    expect(delivered).toEqual(['second']);
    expect(clock.waiting()).toEqual([480_000]);
    void refresher.refreshNow();
    expect(readings.length).toBe(2);
  });

  test('an expiring secret stays when a reading fails, which is repeated at growing intervals', async () => {
    const { clock, readings, delivered, failures } = begin();
    for (let turn = 0; turn < 8; turn += 1) {
      clock.ring();
      readings.at(-1)?.reject(new Error('no network'));
      await settled();
    }
    expect(failures).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(delivered).toEqual([]);
    clock.ring();
    readings.at(-1)?.resolve('second');
    await settled();
    expect(delivered).toEqual(['second']);
    expect(clock.waiting()).toEqual([480_000]);
  });

  test('a secret that could not be delivered is read and delivered again', async () => {
    const { clock, readings, delivered, failures } = begin();
    for (const value of ['undeliverable', 'undeliverable', 'second']) {
      clock.ring();
      readings.at(-1)?.resolve(value);
      await settled();
    }
    expect([delivered, failures]).toEqual([['second'], [5_000, 10_000]]);
    expect(clock.waiting()).toEqual([480_000]);
  });

  test("an expiring secret is neither read nor delivered after the bottle's end", async () => {
    const { refresher, clock, readings, delivered, failures } = begin();
    const asking = refresher.refreshNow();
    refresher.stop();
    readings[0]?.resolve('second');
    await asking;
    await refresher.refreshNow();
    expect([delivered, failures, clock.waiting(), readings.length]).toEqual([[], [], [], 1]);
  });

  test('a secret without an expiry is read only on request', async () => {
    const { refresher, clock, readings, delivered, failures } = begin({ refreshMs: undefined });
    for (const end of [
      () => readings.at(-1)?.reject(new Error('no')),
      () => readings.at(-1)?.resolve('second'),
    ]) {
      const asking = refresher.refreshNow();
      end();
      await asking;
      expect(clock.waiting()).toEqual([]);
    }
    expect([delivered, failures]).toEqual([['second'], [undefined]]);
  });

  test('a secret is read before its stated expiry, and again after a failure', async () => {
    const { clock, readings, delivered, failures } = begin({
      refreshMs: undefined,
      expireAtMs: [4_600_000, 1_100_000, 1_001_000, 4_600_000],
    });
    // The second secret expires in 100 s, the third in 1 s.
    for (const [waitingMs, value] of [
      [2_880_000, 'second'],
      [80_000, 'second'],
      [5_000, 'third'],
    ] as const) {
      expect(clock.waiting()).toEqual([waitingMs]);
      clock.ring();
      readings.at(-1)?.resolve(value);
      await settled();
    }
    clock.ring();
    readings.at(-1)?.reject(new Error('no network'));
    await settled();
    expect([delivered, failures, clock.waiting()]).toEqual([['second', 'third'], [5_000], [5_000]]);
  });

  test.each([
    [60_000, 48_000],
    [43_200_000, 2_880_000],
  ])(
    'a secret is read at the configured interval and before its expiry: every %i ms',
    (refreshMs, waitingMs) =>
      expect(begin({ refreshMs, expireAtMs: [4_600_000] }).clock.waiting()).toEqual([waitingMs]),
  );

  test('a refresh waits no longer than a timer can', () =>
    expect(begin({ refreshMs: 1e12 }).clock.waiting()).toEqual([2 ** 31 - 1]));
});
