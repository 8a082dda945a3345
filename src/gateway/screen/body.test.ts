import { PassThrough, type Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Action } from '../dlp/actions.ts';
import { CANARY, inspector } from '../dlp/passing.testing.ts';
import { holdBody } from './body.ts';
import { Blocked } from './room.ts';

/** A client that sends small messages, each after the answer to the one before. */

/** Each test runs later than all before it: the time of inspections counts for all bodies that ever existed. */
let beganMs = 0;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  beganMs += 1_000_000;
  vi.advanceTimersByTime(beganMs);
});
/** Ended while the fake time continues: the inspections of all bodies share one timer. */
const clients: PassThrough[] = [];
const openClient = (): PassThrough => {
  const client = new PassThrough({ highWaterMark: 2 ** 20 });
  clients.push(client);
  return client;
};
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await vi.advanceTimersByTimeAsync(0);
  vi.useRealTimers();
});

/** A message as large as an inspection handles with each piece, and more messages than it handles one by one. */
const MESSAGES = ['A text. '.repeat(1_024), ...Array.from({ length: 200 }, (_, at) => `${at % 10}`)];

interface Conversation {
  readonly client: PassThrough;
  readonly body: Readable;
  /** Returns the bytes that have left since the last call, after this time. */
  readonly left: (ms: number) => Promise<string>;
}

/** A conversation whose first messages have arrived, and have not all left. */
async function converse(action: Action = 'block'): Promise<Conversation> {
  const client = openClient();
  const inspection = inspector().body({ host: 'h.example', where: 'body', action });
  const holding = holdBody(client, { inspection, hasLength: false });
  for (const message of MESSAGES) client.write(message);
  await vi.advanceTimersByTimeAsync(100);
  const { body } = await holding;
  if (!('read' in body)) throw new Error('it is still held');
  const left = async (ms: number): Promise<string> => {
    await vi.advanceTimersByTimeAsync(ms);
    return String((body.read() as Buffer | null) ?? '');
  };
  return { client, body, left };
}

test('all messages leave in time, even those that arrive before the first has left', async () => {
  const { client, left } = await converse();
  const first = await left(0);
  expect(first.length).toBeLessThan(MESSAGES.join('').length);
  expect(first + (await left(20))).toBe(MESSAGES.join(''));
  for (let count = 0; count < 20; count += 1) {
    client.write('another.');
    expect(await left(20)).toBe('another.');
  }
});

test('messages in sequence do not delay the first of them', async () => {
  const { client, left } = await converse();
  await left(20);
  const answered: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    client.write('.');
    answered.push(await left(8));
  }
  expect(answered).toEqual(['', '', '...', '', '']);
});

test('a secret in the messages breaks the stream', async () => {
  const { client, body, left } = await converse();
  await left(20);
  const errors: Error[] = [];
  body.on('error', (error) => errors.push(error));
  client.write(CANARY);
  expect(await left(20)).toBe('');
  expect(errors).toEqual([expect.any(Blocked)]);
});

test('with `redact`, secrets in the messages leave overwritten', async () => {
  const { client, left } = await converse('redact');
  await left(20);
  client.write(`x ${CANARY} y`);
  expect(await left(20)).toBe(`x ${'*'.repeat(CANARY.length)} y`);
});

test.each<[string, (conversation: Conversation) => unknown]>([
  ['whose host is gone', ({ body }) => body.destroy()],
  ['whose client is gone', ({ client }) => client.destroy()],
  ['that is whole', ({ client }) => client.end()],
  ['in which something may not leave', ({ client }) => client.write(`${CANARY} ${'.'.repeat(200)}`)],
])('no content waits in a body %s', async (_, end) => {
  const conversation = await converse();
  await conversation.left(20);
  // On a busy machine, leftovers of an earlier file in this worker may set timers.
  vi.clearAllTimers();
  conversation.client.write('.');
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(1);
  end(conversation);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});

interface Gathering {
  readonly client: PassThrough;
  readonly body: Readable;
  readonly looks: () => number;
}

const passed = (release = new Uint8Array(0)) => ({ release, findings: [], blocked: false });

/**
 * A body whose inspection gathers everything but the result of `push`. An inspection of what it gathered takes
 * `tookMs`, and returns `looked`.
 */
async function gathering(tookMs: number, pushed = passed(), looked = passed()): Promise<Gathering> {
  const client = openClient();
  const flush = vi.fn(() => {
    vi.advanceTimersByTime(tookMs);
    return looked;
  });
  const inspection = { push: () => pushed, flush, end: () => passed(), startLeaving: () => undefined };
  const holding = holdBody(client, { inspection, hasLength: false });
  await vi.advanceTimersByTimeAsync(100);
  const { body } = await holding;
  return { client, body: body as Readable, looks: () => flush.mock.calls.length };
}

test('the inspections of all bodies take a twentieth of the time, each body in its turn', async () => {
  const bodies = await Promise.all(Array.from({ length: 10 }, () => gathering(4)));
  const earlier = bodies.map(({ looks }) => looks());
  const untilMs = performance.now() + 10_000;
  while (performance.now() < untilMs) {
    for (const { client } of bodies) client.write('.');
    await vi.advanceTimersByTimeAsync(5);
  }
  const counts = bodies.map(({ looks }, at) => looks() - (earlier[at] ?? 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  // And the unused share of the second before.
  expect(total * 4).toBeGreaterThan(450);
  expect(total * 4).toBeLessThan(560);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(3);
});

test('gathered content is inspected even when other content of its piece has left', async () => {
  const { client, body, looks } = await gathering(0, passed(Buffer.from('x')));
  body.resume();
  await vi.advanceTimersByTimeAsync(20);
  const before = looks();
  client.write('..');
  await vi.advanceTimersByTimeAsync(20);
  expect(looks()).toBe(before + 1);
});

test('while the reader stalls, no inspection adds to the released content', async () => {
  const { client, body } = await gathering(0, passed(), passed(Buffer.alloc(10_000)));
  for (let count = 0; count < 50; count += 1) {
    client.write('.');
    await vi.advanceTimersByTimeAsync(20);
  }
  expect(body.readableLength).toBeGreaterThan(0);
  expect(body.readableLength).toBeLessThan(100_000);
  body.read();
  await vi.advanceTimersByTimeAsync(20);
  expect(body.readableLength).toBe(10_000);
});

test('a very long inspection does not count in full against all other bodies', async () => {
  const [slow, quick] = [await gathering(5_000), await gathering(0)];
  slow.client.write('.');
  await vi.advanceTimersByTimeAsync(20);
  const before = quick.looks();
  quick.client.write('.');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(quick.looks()).toBe(before + 1);
});
