import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GATEWAY_ENV } from '../../host/system/gateway-node.ts';
import { Turns } from './turns.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Searches that start at their turn and end on request. */
function searching() {
  const turns = new Turns();
  const underWay = new Map<string, () => void>();
  const ask = (name: string): Promise<string> =>
    turns.take(name, async () => {
      await new Promise<void>((resolve) => underWay.set(name, resolve));
      underWay.delete(name);
      return name.toUpperCase();
    });
  const end = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) underWay.get(name)?.();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { ask, end, running: () => [...underWay.keys()] };
}

type Searching = ReturnType<typeof searching>;

const named = (count: number, nameAt: (at: number) => string): string[] =>
  [...Array(count).keys()].map(nameAt);

/** Makes each domain answer once with this speed. */
async function answered(
  { ask, end }: Searching,
  { names, takesMs }: { names: readonly string[]; takesMs: number },
) {
  for (const name of names) {
    const found = ask(name);
    await vi.advanceTimersByTimeAsync(takesMs);
    await end(name);
    await found;
  }
}

const settled = async (asked: readonly Promise<string>[]): Promise<string[]> =>
  (await Promise.allSettled(asked)).map((one) =>
    one.status === 'fulfilled' ? one.value : (one.reason as Error).message,
  );

const SILENT = /^the name servers of this host are slow/;

test('at most three lookups of one domain run at a time, and other domains do not wait for them', async () => {
  const { ask, end, running } = searching();
  const asked = ['a.x.test', 'x.test', 'd.e.x.test', 'f.x.test', 'g.y.test'].map(ask);
  await vi.advanceTimersByTimeAsync(0);
  expect(running()).toEqual(['a.x.test', 'x.test', 'd.e.x.test', 'g.y.test']);
  await end('x.test');
  expect(running()).toContain('f.x.test');
  await end(...running());
  expect(await settled(asked)).toContain('F.X.TEST');
});

test.each([
  ['slow', 4, 2_000],
  ['unknown', 6, undefined],
  ['quick', 7, 1_999],
])('domains that are %s begin as long as %i are active', async (_, most, takesMs) => {
  const made = searching();
  const names = named(8, (at) => `a${at}.test`);
  if (takesMs !== undefined) await answered(made, { names, takesMs });
  const asked = names.map(made.ask);
  await vi.advanceTimersByTimeAsync(0);
  expect(made.running()).toEqual(names.slice(0, most));
  await made.end('a0.test');
  expect(made.running()).toEqual(names.slice(1, most + 1));
  void settled(asked);
});

test.each([
  ['www.a.co.uk', 'www.b.co.uk', 6],
  ['www.a.com.au', 'www.b.com.au', 6],
  ['www.a.github.io', 'www.b.github.io', 3],
  ['www.a.t.co', 'www.b.t.co', 3],
  ['www.a.fly.io', 'www.b.fly.io', 3],
  ['www.a.co.test', 'www.b.co.test', 3],
])('of names like %s and %s, %i are looked up at a time', async (one, other, count) => {
  const { ask, running } = searching();
  void settled([one, other].flatMap((name) => named(4, (at) => `n${at}.${name}`)).map(ask));
  await vi.advanceTimersByTimeAsync(0);
  expect(running()).toHaveLength(count);
});

test.each([
  { is: 'slow, whatever it answers for five minutes', laterMs: 299_999, quick: ['a.test'], most: 4 },
  { is: 'quick after that, when it answered', laterMs: 300_000, quick: ['a.test'], most: 7 },
  { is: 'unknown after that, when it did not', laterMs: 300_000, quick: [], most: 6 },
])('a domain whose lookup was slow is $is', async ({ laterMs, quick, most }) => {
  const made = searching();
  const others = named(7, (at) => `o${at}.test`);
  await answered(made, { names: ['a.test'], takesMs: 2_000 });
  await answered(made, { names: quick, takesMs: 0 });
  await vi.advanceTimersByTimeAsync(laterMs);
  await answered(made, { names: others, takesMs: 0 });
  void settled([...others.slice(0, most - 1), 'a.test', 'b.a.test'].map(made.ask));
  await vi.advanceTimersByTimeAsync(0);
  expect(made.running()).toEqual([...others.slice(0, most - 1), 'a.test']);
});

test('a single domain delays no other, even if it was slow', async () => {
  const made = searching();
  await answered(made, { names: ['slow.test'], takesMs: 2_000 });
  void settled([...named(9, (at) => `n${at}.x.test`), 'slow.test'].map(made.ask));
  await vi.advanceTimersByTimeAsync(0);
  expect(made.running()).toContain('slow.test');
});

test('the speed of the 500 domains looked up last is known', async () => {
  const made = searching();
  await answered(made, { names: ['a.test'], takesMs: 2_000 });
  const others = named(500, (at) => `o${at}.test`);
  await answered(made, { names: others.slice(0, 499), takesMs: 1 });
  await answered(made, { names: ['a.test'], takesMs: 2_000 });
  await answered(made, { names: others.slice(499), takesMs: 1 });
  const unknown = named(4, (at) => `u${at}.test`);
  const [first = '', second = '', third = ''] = others;
  void settled([...unknown, 'a.test', second, third, first].map(made.ask));
  await vi.advanceTimersByTimeAsync(0);
  expect(made.running()).toEqual([...unknown, second, third]);
});

test('lookups of fast domains overtake those of silent domains', async () => {
  const made = searching();
  await answered(made, { names: ['quick.test'], takesMs: 1 });
  const silent = named(6, (at) => `s${at}.test`);
  void settled([...silent, 'a.quick.test', 'new.test', 'b.quick.test'].map(made.ask));
  await vi.advanceTimersByTimeAsync(0);
  expect(made.running()).toEqual([...silent, 'a.quick.test']);
  await made.end('a.quick.test');
  expect(made.running()).toEqual([...silent, 'b.quick.test']);
});

test('a lookup without a turn within ten seconds fails with the reason, and does not start later', async () => {
  const { ask, end, running } = searching();
  const names = named(4, (at) => `a${at}.x.test`);
  const asked = settled(names.map(ask));
  await vi.advanceTimersByTimeAsync(9_999);
  await end('a0.x.test');
  expect(running()).toContain('a3.x.test');
  expect(vi.getTimerCount()).toBe(0);
  const late = settled([ask('a4.x.test')]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await late).toEqual([expect.stringMatching(SILENT)]);
  await end(...running());
  expect(await asked).toEqual(names.map((name) => name.toUpperCase()));
  expect(running()).toEqual([]);
  void settled(names.map(ask));
  await vi.advanceTimersByTimeAsync(0);
  expect(running()).toEqual(names.slice(0, 3));
});

test('at most a thousand lookups wait', async () => {
  const { ask } = searching();
  void settled(named(1_006, (at) => `a${at}.test`).map(ask));
  expect(await settled([ask('b.test')])).toEqual([expect.stringMatching(SILENT)]);
});

test('at most a hundred lookups of one domain wait, and others still can', async () => {
  const { ask, end, running } = searching();
  const names = named(1_004, (at) => `a${at}.x.test`);
  const asked = names.map(ask);
  const more = settled(asked.slice(103));
  void settled(asked.slice(0, 103));
  expect(await more).toEqual(names.slice(103).map(() => expect.stringMatching(SILENT)));
  void settled(named(5, (at) => `b${at}.y.test`).map(ask));
  await end('b0.y.test');
  expect(running()).toEqual([...names.slice(0, 3), 'b1.y.test', 'b2.y.test', 'b3.y.test']);
});

test('a failed search frees its place', async () => {
  const turns = new Turns();
  const fail = (): Promise<never> => Promise.reject(new Error('no such name'));
  for (let times = 0; times < 9; times += 1)
    await expect(turns.take('a.test', fail)).rejects.toThrow('no such name');
});

test('libuv has a thread for each lookup, and one more', async () => {
  const made = searching();
  const names = named(100, (at) => `a${at}.test`);
  await answered(made, { names, takesMs: 1 });
  void settled(names.map(made.ask));
  await vi.advanceTimersByTimeAsync(0);
  expect(made.running()).toHaveLength(Number(GATEWAY_ENV.UV_THREADPOOL_SIZE) / 2 - 1);
});
