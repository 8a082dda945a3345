import { duplexPair, type Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Connection } from './connection.ts';
import { frameOf, frameOfNumbers, TYPE } from './frames/frame.ts';
import { encodeFields } from './hpack/encode.ts';
import { PREFACE, SETTING, writeSettings } from './settings.ts';
import { Splitter } from './frames/splitter.ts';

/** A client that counts received bytes and updates windows by hand. */

const FIELDS = [':method', 'GET', ':scheme', 'https', ':authority', 'a.test', ':path', '/'];

interface Counting {
  readonly socket: Duplex;
  /** Bytes of content by stream. */
  readonly bytes: Map<number, number>;
  readonly faults: string[];
  readonly settle: () => Promise<void>;
}

/** Answers each request with this many bytes. `came`: called for each received frame of content. */
function counting(
  answerBytes: number,
  windowBytes: number,
  came: (bytes: number) => void = () => undefined,
): Counting {
  const [socket, far] = duplexPair();
  const faults: string[] = [];
  // oxlint-disable-next-line no-new -- it lives by its socket
  new Connection(
    far,
    { isServer: true, idleMs: 60_000 },
    {
      asked: (stream) => {
        stream.sendHead([':status', '200']);
        stream.sendLast(Buffer.alloc(answerBytes, 'x'));
      },
      faulted: (reason) => faults.push(reason),
      left: () => undefined,
    },
  );
  const bytes = new Map<number, number>();
  const splitter = new Splitter(({ type, id, payload }) => {
    if (type !== TYPE.data) return;
    bytes.set(id, (bytes.get(id) ?? 0) + payload.length);
    came(payload.length);
  });
  socket.on('data', (chunk: Buffer) => splitter.push(chunk));
  socket.write(Buffer.from(PREFACE, 'latin1'));
  socket.write(windows(windowBytes));
  const settle = async (): Promise<void> => {
    for (let count = 0; count < 10; count += 1) await turn();
  };
  return { socket, bytes, faults, settle };
}

const windows = (bytes: number): Buffer =>
  frameOf({ type: TYPE.settings, flags: 0, id: 0 }, writeSettings([[SETTING.initialWindowSize, bytes]]));
const asks = (id: number): Buffer => frameOf({ type: TYPE.headers, flags: 5, id }, encodeFields(FIELDS));
const room = (id: number, bytes: number): Buffer =>
  frameOfNumbers({ type: TYPE.windowUpdate, flags: 0, id }, bytes);

test('the peer sends no more than the window of the connection, and all streams get a share', async () => {
  const { socket, bytes, settle } = counting(60_000, 1_000_000);
  socket.write(Buffer.concat([asks(1), asks(3), asks(5)]));
  await settle();
  expect([bytes.get(1), bytes.get(3), bytes.get(5)]).toEqual([60_000, 5_535, undefined]);
  socket.write(room(0, 50_000));
  await settle();
  expect([...bytes.values()].reduce((sum, one) => sum + one, 0)).toBe(65_535 + 50_000);
  expect(bytes.get(5)).toBeGreaterThan(10_000);
  socket.write(room(0, 1_000_000));
  await settle();
  expect([...bytes.values()]).toEqual([60_000, 60_000, 60_000]);
  socket.destroy();
});

test('the peer sends no more than the window of a stream, even when the window changes', async () => {
  const { socket, bytes, settle } = counting(1_000, 0);
  socket.write(asks(1));
  await settle();
  expect(bytes.get(1)).toBe(undefined);
  socket.write(windows(10));
  await settle();
  expect(bytes.get(1)).toBe(10);
  // The window is now ten bytes smaller, so nothing is sent until it grows.
  socket.write(Buffer.concat([windows(0), room(1, 15)]));
  await settle();
  expect(bytes.get(1)).toBe(15);
  socket.write(room(1, 5_000));
  await settle();
  expect(bytes.get(1)).toBe(1_000);
  socket.destroy();
});

const ANSWER_BYTES = 20_000_000;
/** The initial windows of Go's client, which bound how much of an answer may wait for its reader. */
const [GO_STREAM_BYTES, GO_CONNECTION_BYTES] = [4 * 1024 ** 2, 1024 ** 3];

/** Updates of both windows, the stream's and the connection's, by this many bytes, this many times. */
const steps = (count: number, bytes: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => Buffer.concat([room(0, bytes), room(1, bytes)])));

/** Waits as many turns as needed, up to a maximum. */
async function untilCame({ bytes, faults, settle }: Counting, answerBytes: number): Promise<void> {
  for (let count = 0; count < 1_000 && bytes.get(1) !== answerBytes && faults.length === 0; count += 1)
    await settle();
}

test.for([4_096, 1_024])('windows grow again %i bytes at a time over 20 MB', async (stepBytes) => {
  let unread = 0;
  const client = counting(ANSWER_BYTES, GO_STREAM_BYTES, (came) => {
    unread += came;
    client.socket.write(steps(Math.floor(unread / stepBytes), stepBytes));
    unread %= stepBytes;
  });
  client.socket.write(Buffer.concat([room(0, GO_CONNECTION_BYTES), asks(1)]));
  await untilCame(client, ANSWER_BYTES);
  expect([client.faults, client.bytes.get(1)]).toEqual([[], ANSWER_BYTES]);
  client.socket.destroy();
});

test.for<[number, number, string[]]>([
  [4_096, 1_024, []],
  [1_024, 4_096, []],
  [1, 6_000, ['too many frames without effect']],
])('4 MiB arrive and are then read by %i bytes', async ([stepBytes, count, expected]) => {
  const client = counting(GO_STREAM_BYTES, GO_STREAM_BYTES);
  client.socket.write(Buffer.concat([room(0, GO_CONNECTION_BYTES), asks(1)]));
  await untilCame(client, GO_STREAM_BYTES);
  expect(client.bytes.get(1)).toBe(GO_STREAM_BYTES);
  client.socket.write(steps(count, stepBytes));
  await client.settle();
  expect(client.faults).toEqual(expected);
  client.socket.destroy();
});
