import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { breakWhenSilent, UPSTREAM_SILENCE_MS, withAnswerTimeout } from './upstream-timeout.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const NEVER = new Promise<string>(() => undefined);
const REASON = 'the upstream has not begun to answer within 15 minutes';
const LIMIT_MS = UPSTREAM_SILENCE_MS;

/** Records the state of the promise. */
async function stateOf(promise: Promise<string>): Promise<string> {
  const told = promise.catch((error: unknown) => String(error));
  await vi.advanceTimersByTimeAsync(0);
  return await Promise.race([told, Promise.resolve().then(() => 'waits')]);
}

it('the gateway gives up on a silent host after the timeout, and not before', async () => {
  const waiting = withAnswerTimeout(NEVER, undefined, LIMIT_MS);
  await vi.advanceTimersByTimeAsync(LIMIT_MS - 1);
  const before = await stateOf(waiting);
  await vi.advanceTimersByTimeAsync(1);
  expect([before, await stateOf(waiting)]).toEqual(['waits', `Error: ${REASON}`]);
});

it('the timeout begins when the whole request was sent', async () => {
  const body = new PassThrough();
  const waiting = withAnswerTimeout(NEVER, body, LIMIT_MS);
  await vi.advanceTimersByTimeAsync(2 * LIMIT_MS);
  const before = await stateOf(waiting);
  body.resume().end();
  await vi.advanceTimersByTimeAsync(LIMIT_MS);
  expect([before, await stateOf(waiting)]).toEqual(['waits', `Error: ${REASON}`]);
});

it('no timer remains after an answer, whether its request ends before or after it', async () => {
  const body = new PassThrough();
  const answers = [
    withAnswerTimeout(Promise.resolve('a'), undefined, LIMIT_MS),
    withAnswerTimeout(Promise.resolve('b'), body, LIMIT_MS),
  ];
  expect(await Promise.all(answers)).toEqual(['a', 'b']);
  body.resume().end();
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});

it('the reason for a missing answer is passed on', async () => {
  await expect(
    withAnswerTimeout(Promise.reject(new Error('reset')), new PassThrough(), LIMIT_MS),
  ).rejects.toThrow('reset');
});

/** A body with a slow reader: after its first bytes, it waits for room. */
function heldUp(): PassThrough {
  const body = new PassThrough();
  body.pipe(new Writable({ highWaterMark: 1, write: () => undefined }));
  body.write('ab');
  return body;
}

it('the gateway gives up on a host that stops reading the request, and not before', async () => {
  const waiting = withAnswerTimeout(NEVER, heldUp(), LIMIT_MS);
  await vi.advanceTimersByTimeAsync(LIMIT_MS - 1);
  const before = await stateOf(waiting);
  await vi.advanceTimersByTimeAsync(1);
  expect([before, await stateOf(waiting)]).toEqual([
    'waits',
    'Error: the upstream has taken no more of the request for 15 minutes',
  ]);
});

describe('answers that have begun', () => {
  const began = (answer: PassThrough): string[] => {
    const told: string[] = [];
    answer.on('error', (error) => told.push(error.message));
    breakWhenSilent(answer, LIMIT_MS);
    return told;
  };

  it('are broken off when the host sends no more', async () => {
    const answer = new PassThrough();
    const told = began(answer);
    await vi.advanceTimersByTimeAsync(LIMIT_MS / 2);
    answer.write('more');
    await vi.advanceTimersByTimeAsync(LIMIT_MS - 1);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['the upstream has sent no more of its answer for 15 minutes']);
  });

  it('are kept while the client does not read them', async () => {
    const told = began(heldUp());
    await vi.advanceTimersByTimeAsync(5 * LIMIT_MS);
    expect(told).toEqual([]);
  });

  it('leave no timer behind', async () => {
    const answer = new PassThrough();
    began(answer);
    answer.end('all');
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('cause no waiting when they were broken off before', async () => {
    const answer = new PassThrough();
    answer.destroy();
    await vi.advanceTimersByTimeAsync(0);
    began(answer);
    expect(vi.getTimerCount()).toBe(0);
  });
});
