import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withPatience } from './patience.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const NEVER = new Promise<string>(() => undefined);
const REASON = 'the host has not begun to answer within 15 minutes';
const LIMIT_MS = 15 * 60_000;

/** What has become of it by then. */
async function stateOf(promise: Promise<string>): Promise<string> {
  const told = promise.catch((error: unknown) => String(error));
  await vi.advanceTimersByTimeAsync(0);
  return await Promise.race([told, Promise.resolve().then(() => 'waits')]);
}

it('gives up on a host that says nothing, and not before', async () => {
  const waiting = withPatience(NEVER, undefined);
  await vi.advanceTimersByTimeAsync(LIMIT_MS - 1);
  const before = await stateOf(waiting);
  await vi.advanceTimersByTimeAsync(1);
  expect([before, await stateOf(waiting)]).toEqual(['waits', `Error: ${REASON}`]);
});

it('begins to count when the whole of the request was sent', async () => {
  const body = new PassThrough();
  const waiting = withPatience(NEVER, body);
  await vi.advanceTimersByTimeAsync(2 * LIMIT_MS);
  const before = await stateOf(waiting);
  body.resume().end();
  await vi.advanceTimersByTimeAsync(LIMIT_MS);
  expect([before, await stateOf(waiting)]).toEqual(['waits', `Error: ${REASON}`]);
});

it('leaves no timer behind an answer, whether its request ends before or after it', async () => {
  const body = new PassThrough();
  const answers = [withPatience(Promise.resolve('a'), undefined), withPatience(Promise.resolve('b'), body)];
  expect(await Promise.all(answers)).toEqual(['a', 'b']);
  body.resume().end();
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});

it('passes on why there is no answer', async () => {
  await expect(withPatience(Promise.reject(new Error('reset')), new PassThrough())).rejects.toThrow('reset');
});
