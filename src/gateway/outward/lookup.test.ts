import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLookup } from './lookup.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const GOOD = ['198.51.101.7'];

/** Names answer at once. Those with `silent` in them answer when released. */
function withSilentNames() {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const lookup = createLookup({ hostAddresses: [] }, async (host) => {
    asked.push(host);
    if (host.startsWith('no.')) throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    if (host.includes('silent')) await new Promise<void>((resolve) => waiting.push(resolve));
    return host.startsWith('own.') ? ['127.0.0.1'] : GOOD;
  });
  return { lookup, asked, answer: () => waiting.splice(0).forEach((go) => go()) };
}

const LATE = { kind: 'lookup', refused: 'does not resolve (no answer in time)' };

test.each([
  ['a.test', { addresses: GOOD }],
  ['198.51.101.9', { addresses: ['198.51.101.9'] }],
  ['no.test', { kind: 'lookup', refused: 'does not resolve (ENOTFOUND)' }],
  ['own.test', { kind: 'address', refused: expect.stringMatching(/^leads to 127\.0\.0\.1 \(/) }],
])('%s is found without a lookup', async (host, found) => {
  expect(await withSilentNames().lookup(host)).toEqual(found);
});

test('a name whose lookup timed out is not looked up again before its thread is free', async () => {
  const { lookup, asked, answer } = withSilentNames();
  const first = lookup('silent.test');
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await first).toEqual(LATE);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await lookup('silent.test')).toEqual(LATE);
  expect(asked).toEqual(['silent.test']);
  answer();
  await vi.advanceTimersByTimeAsync(0);
  expect(await lookup('silent.test')).toEqual({ addresses: GOOD });
  await vi.advanceTimersByTimeAsync(5_000);
  void lookup('silent.test');
  expect(asked).toEqual(['silent.test', 'silent.test']);
});

test('silent names under a wildcard leave room for others, and their refusals name the reason', async () => {
  const { lookup, asked } = withSilentNames();
  const names = [...Array(20).keys()].map((at) => `n${at}.silent.test`);
  const silent = names.map((name) => lookup(name));
  expect(await lookup('a.test')).toEqual({ addresses: GOOD });
  await vi.advanceTimersByTimeAsync(15_000);
  const found = await Promise.all(silent);
  const refused = expect.stringMatching(/^does not resolve \(the name servers of this host are slow, /);
  expect(found).toEqual(names.map((_, at) => (at < 3 ? LATE : { kind: 'lookup', refused })));
  expect(asked).toEqual([...names.slice(0, 3), 'a.test']);
});

test('a missing turn is not cached: the next lookup of the name succeeds', async () => {
  const { lookup, answer } = withSilentNames();
  const [late = '', ...names] = [...Array(4).keys()].map((at) => `n${at}.silent.test`).toReversed();
  for (const name of names) void lookup(name);
  const refused = lookup(late);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await refused).toMatchObject({
    refused: expect.stringMatching(/name servers of this host are slow/),
  });
  answer();
  await vi.advanceTimersByTimeAsync(0);
  const again = lookup(late);
  await vi.advanceTimersByTimeAsync(0);
  answer();
  expect(await again).toEqual({ addresses: GOOD });
});

test('every name is refused where the address tables of the host are unreadable', async () => {
  const resolve = async (): Promise<readonly string[]> => await Promise.resolve(GOOD);
  const shown = createLookup({ hostAddresses: [], hostTables: '/proc/net' }, resolve);
  expect(await shown('a.test')).toEqual({ addresses: GOOD });
  const hidden = createLookup({ hostAddresses: [], hostTables: '/nowhere' }, resolve);
  expect(await hidden('a.test')).toMatchObject({ refused: expect.stringContaining('/nowhere') as string });
});
