import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cachedSearch } from './cached-search.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A search that takes this long or fails at once, and the names it was called with. */
function searching(takesMs: number) {
  const asked: string[] = [];
  const find = cachedSearch(async (name) => {
    asked.push(name);
    if (name === 'bad') throw new Error('nothing');
    await new Promise((done) => setTimeout(done, takesMs));
    return name.toUpperCase();
  });
  return { find, asked };
}

test('a result is kept for a while from then on, for each name', async () => {
  const { find, asked } = searching(10_000);
  const first = find('a');
  await vi.advanceTimersByTimeAsync(9_000);
  const [second, other] = [find('a'), find('b')];
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await Promise.all([first, second, other])).toEqual(['A', 'A', 'B']);
  expect(asked).toEqual(['a', 'b']);
  void find('a'); // 9 s after the result
  expect(asked).toEqual(['a', 'b', 'a']);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(await find('b')).toBe('B');
  expect(asked).toEqual(['a', 'b', 'a']);
  await vi.advanceTimersByTimeAsync(1);
  void find('b');
  expect(asked).toEqual(['a', 'b', 'a', 'b']);
});

test('a failure is kept for a while', async () => {
  const { find, asked } = searching(0);
  await expect(find('bad')).rejects.toThrow('nothing');
  await expect(find('bad')).rejects.toThrow('nothing');
  expect(asked).toEqual(['bad']);
  await vi.advanceTimersByTimeAsync(5_000);
  await expect(find('bad')).rejects.toThrow('nothing');
  expect(asked).toEqual(['bad', 'bad']);
});

test('a result that must not be kept is shared only while its search runs', async () => {
  const outcomes = ['busy', 'found'];
  const find = cachedSearch(
    async () => outcomes.shift(),
    undefined,
    (found) => found !== 'busy',
  );
  expect(await Promise.all([find('a'), find('a')])).toEqual(['busy', 'busy']);
  expect([await find('a'), await find('a')]).toEqual(['found', 'found']);
});

test('the cache keeps a limited number of names', async () => {
  const { find, asked } = searching(0);
  const all = [...Array(501).keys()].map((name) => find(String(name)));
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(all);
  await find('500');
  expect(asked).toHaveLength(501);
  void find('0');
  expect(asked).toHaveLength(502);
});

test('a clock that is set back does not keep a result longer', async () => {
  const { find, asked } = searching(0);
  await expect(find('bad')).rejects.toThrow('nothing');
  vi.setSystemTime(Date.now() - 3_600_000);
  await vi.advanceTimersByTimeAsync(5_000);
  await expect(find('bad')).rejects.toThrow('nothing');
  expect(asked).toEqual(['bad', 'bad']);
});

test('after its timeout, a search yields the late result until it ends', async () => {
  const asked: string[] = [];
  const find = cachedSearch(
    async (name) => {
      asked.push(name);
      if (name === 'bad') throw new Error('nothing');
      await new Promise((done) => setTimeout(done, 20_000));
      return name.toUpperCase();
    },
    { ms: 15_000, late: 'too late' },
  );
  await expect(find('bad')).rejects.toThrow('nothing');
  const first = find('a');
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await Promise.all([first, find('a')])).toEqual(['too late', 'too late']);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await find('a')).toBe('A');
  await vi.advanceTimersByTimeAsync(4_999);
  expect(await find('a')).toBe('A');
  expect(asked).toEqual(['bad', 'a']);
});

test('all of very many active searches are shared', async () => {
  const { find, asked } = searching(1_000);
  const all = [...Array(600).keys()].map((name) => find(String(name)));
  expect(await Promise.all([find('0'), vi.advanceTimersByTimeAsync(1_000)])).toContain('0');
  await Promise.all(all);
  expect(asked).toHaveLength(600);
});
