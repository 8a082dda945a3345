import { expect, test } from 'vitest';
import { CODE } from './faults.ts';
import { frameOf, frameOfNumbers, TYPE } from './frames/frame.ts';
import { encodeFields } from './hpack/encode.ts';
import { askFor, clientOf, data, hostOf, post } from './peer.testing.ts';
import type { Stream } from './stream.ts';
import { FrameBudget } from './receiver.ts';

const head = (status: number): Buffer =>
  frameOf(
    { type: TYPE.headers, flags: 4, id: 1 },
    encodeFields([':status', String(status), ...(status < 200 ? [] : ['content-length', '5'])]),
  );

test.for<[string, number, string[]]>([
  ['HEAD', 200, ['more content than announced']],
  ['GET', 204, ['more content than announced']],
  ['GET', 304, ['more content than announced']],
  ['GET', 200, []],
])('content after an answer to %s with %i is refused', async ([method, status, expected]) => {
  const host = hostOf();
  askFor(host.connection, method);
  await host.say(head(status), data(1, 'hello', true));
  expect(host.faults).toEqual(expected);
  host.socket.destroy();
});

test('an answer without content may state its length', async () => {
  const host = hostOf();
  const stream = askFor(host.connection, 'HEAD');
  await host.say(head(200), data(1, '', true));
  expect([host.faults, stream.answer?.status, stream.isClosed]).toEqual([[], 200, true]);
  host.socket.destroy();
});

test.for<[number, boolean]>([
  [16, true],
  [17, false],
])('the gateway waits for the real answer after %i interim answers: %s', async ([count, isWaitedFor]) => {
  const host = hostOf();
  const stream = askFor(host.connection, 'GET');
  await host.say(...Array.from({ length: count }, () => head(103)), head(200), data(1, 'hello', true));
  expect(stream.answer !== undefined).toBe(isWaitedFor);
  expect(host.resets()).toEqual(isWaitedFor ? [] : [[1, CODE.enhanceYourCalm]]);
  host.socket.destroy();
});

const goAway = frameOfNumbers({ type: TYPE.goAway, flags: 0, id: 0 }, 0, 0);

test('a peer cannot leave repeatedly', async () => {
  const client = clientOf(() => undefined);
  await client.say(post(1), ...Array.from({ length: 1_100 }, () => goAway));
  expect(client.faults).toEqual(['too many frames without effect']);
  client.socket.destroy();
});

test('a stream that its client ended by a fault costs as much as a reset one', async () => {
  const client = clientOf((stream) =>
    stream.incoming.read({ data: () => true, ended: () => {}, broke: () => {} }),
  );
  const noRoom = (id: number): Buffer => frameOfNumbers({ type: TYPE.windowUpdate, flags: 0, id }, 0);
  // Each costs three: one for the frame, two for the stream.
  const ids = Array.from({ length: 400 }, (_, index) => index * 2 + 1);
  await client.say(...ids.flatMap((id) => [post(id), noRoom(id)]));
  expect(client.faults.at(-1)).toBe('too many frames without effect');
  client.socket.destroy();
});

test('a client that has ended its side gets its answers, except for incomplete requests', async () => {
  const streams: Stream[] = [];
  const broken: string[] = [];
  const client = clientOf((stream) => {
    streams.push(stream);
    stream.listener = {
      headed: () => undefined,
      closed: (error) => broken.push(`${stream.id} ${error?.message}`),
    };
  });
  await client.say(post(1), data(1, 'all', true), post(3), data(3, 'some'));
  client.socket.end();
  await client.say();
  expect(broken).toEqual(['3 the client closed the connection before its request was complete']);
  streams[0]?.sendHead([':status', '200'], true);
  await client.say();
  expect(client.heard.filter(({ type }) => type === TYPE.headers).map(({ id }) => id)).toEqual([1]);
  expect(client.socket.readableEnded).toBe(true);
});

const sendTo = (frameBudget: FrameBudget, frames: number, bytes: number): void => {
  for (let count = 0; count < frames; count += 1) frameBudget.sent(bytes);
};

/** Returns how many window updates it accepts, up to a maximum. */
const borne = (frameBudget: FrameBudget, most: number): number => {
  for (let count = 0; count < most; count += 1) if (!frameBudget.spendWindowUpdate(0)) return count;
  return most;
};

test('limits on frames without effect', () => {
  const frameBudget = new FrameBudget(0);
  expect(frameBudget.spend(1_000, 0)).toBe(true);
  expect(frameBudget.spend(1, 0)).toBe(false);
});

test('grow again with useful frames and with time, but never beyond the initial value', () => {
  const frameBudget = new FrameBudget(0);
  sendTo(frameBudget, 250, 1);
  expect(frameBudget.spend(1_000, 0)).toBe(true);
  sendTo(frameBudget, 5, 1);
  expect([frameBudget.spend(10, 0), frameBudget.spend(50, 1_000), frameBudget.spend(1, 1_000)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([frameBudget.spend(1_000, 1_000_000), frameBudget.spend(1, 1_000_000)]).toEqual([true, false]);
});

test.for<[string, number, number, number]>([
  ['nothing', 0, 0, 0],
  ['a byte', 1, 1, 2],
  ['a frame', 1, 16_384, 32],
  ['a part of a KiB', 1, 5_000, 10],
  ['many small frames', 3_000, 1, 6_000],
  ['20 MB', 1_221, 16_384, 39_072],
  ['more than anybody reads late', 10_000, 16_384, 100_000],
])('allow two window updates for each KiB that was sent: %s', ([, frames, bytes, expected]) => {
  const frameBudget = new FrameBudget(0);
  sendTo(frameBudget, frames, bytes);
  expect(borne(frameBudget, 200_000)).toBe(expected + 1_000);
});

test('apply separately to content and to other frames', () => {
  const frameBudget = new FrameBudget(0);
  sendTo(frameBudget, 1_000, 16_384);
  expect([frameBudget.spend(1_000, 0), frameBudget.spend(1, 0)]).toEqual([true, false]);
});
