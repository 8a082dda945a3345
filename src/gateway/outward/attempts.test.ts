import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Attempts } from './attempts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const [A, B, C] = ['192.0.2.1', '192.0.2.2', '2001:db8::3'];

/**
 * Delays in milliseconds after which addresses accept or refuse a connection. Any other address is silent for 15
 * seconds.
 */
function dialling(takes: Readonly<Record<string, number>>, refuses: Readonly<Record<string, number>> = {}) {
  const attempts = new Attempts();
  const begun: string[] = [];
  const destroyed: string[] = [];
  const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const dial = async (address: string) => {
    begun.push(address);
    await after(takes[address] ?? refuses[address] ?? 15_000);
    if (takes[address] === undefined)
      throw new Error(`connect ${refuses[address] === undefined ? 'ETIMEDOUT' : 'ECONNREFUSED'} ${address}`);
    return { address, destroy: () => void destroyed.push(address) };
  };
  const begin = (...addresses: readonly string[]): Promise<string> =>
    attempts.firstOf(addresses, dial).then(
      ({ address }) => address,
      (error: unknown) => (error as Error).message,
    );
  return { begin, begun, destroyed };
}

test('a single address is dialled without competition', async () => {
  const { begin, begun } = dialling({ [A]: 1_000 });
  const made = begin(A);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([await made, begun]).toEqual([A, [A]]);
  await expect(dialling({}).begin('a.test')).resolves.toBe('not an address: a.test');
});

test('the next address is dialled when one is silent for a while', async () => {
  const { begin, begun } = dialling({ [B]: 10 });
  const made = begin(A, B, C);
  await vi.advanceTimersByTimeAsync(249);
  expect(begun).toEqual([A]);
  await vi.advanceTimersByTimeAsync(11);
  expect([await made, begun]).toEqual([B, [A, B]]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(begun).toEqual([A, B]);
});

test('the next address is dialled at once when one refuses', async () => {
  const { begin, begun } = dialling({ [C]: 10 }, { [A]: 0, [B]: 0 });
  const made = begin(A, B, C);
  await vi.advanceTimersByTimeAsync(20);
  expect([await made, begun]).toEqual([C, [A, B, C]]);
  void begin(A, B, C);
  expect(begun.slice(3)).toEqual([A]);
});

test('the first connection wins, and later ones are closed', async () => {
  const { begin, destroyed } = dialling({ [A]: 400, [B]: 100, [C]: 1_000 });
  const made = begin(C, A, B);
  await vi.advanceTimersByTimeAsync(600);
  expect(await made).toBe(B);
  await vi.advanceTimersByTimeAsync(50);
  expect(destroyed).toEqual([A]);
  await vi.advanceTimersByTimeAsync(350);
  expect(destroyed).toEqual([A, C]);
});

test('an overtaken address is tried last until it accepts a connection again', async () => {
  const takes: Record<string, number> = { [B]: 10 };
  const refuses: Record<string, number> = {};
  const { begin, begun } = dialling(takes, refuses);
  const first = begin(A, B);
  await vi.advanceTimersByTimeAsync(15_000);
  expect([await first, begun]).toEqual([B, [A, B]]);
  const second = begin(A, B);
  await vi.advanceTimersByTimeAsync(10);
  expect([await second, begun]).toEqual([B, [A, B, B]]);
  delete takes[B];
  Object.assign(takes, { [A]: 10 });
  Object.assign(refuses, { [B]: 0 });
  begun.length = 0;
  const third = begin(A, B);
  await vi.advanceTimersByTimeAsync(20);
  expect([await third, begun]).toEqual([A, [B, A]]);
  const last = begin(A, B);
  await vi.advanceTimersByTimeAsync(10);
  expect([await last, begun]).toEqual([A, [B, A, A]]);
});

test('when all addresses fail, the error names each failure', async () => {
  const { begin } = dialling({}, { [B]: 5 });
  const made = begin(A, A, B, C);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await made).toBe(`connect ETIMEDOUT ${A}; connect ECONNREFUSED ${B}; connect ETIMEDOUT ${C}`);
});

test('a text that is not an address is never dialled', async () => {
  const { begin, begun } = dialling({}, { [A]: 0 });
  const made = begin(A, 'a.test');
  await vi.advanceTimersByTimeAsync(0);
  expect([await made, begun]).toEqual([`connect ECONNREFUSED ${A}; not an address: a.test`, [A]]);
});

test('with very many active attempts, addresses are tried in sequence', async () => {
  const { begin, begun } = dialling({ [B]: 10 });
  const many = [...Array(256).keys()].map(() => begin(A, C));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(begun).toHaveLength(256);
  await vi.advanceTimersByTimeAsync(14_000);
  expect(begun).toHaveLength(512);
  expect(begun.slice(256)).toEqual(Array(256).fill(C));
  await vi.advanceTimersByTimeAsync(15_000);
  expect(new Set(await Promise.all(many)).size).toBe(1);
  const made = begin(A, B);
  await vi.advanceTimersByTimeAsync(260);
  expect(await made).toBe(B);
});
