import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ContentStream } from '../../message/content-stream.ts';
import { Kept } from '../kept.testing.ts';
import { pour } from '../exchange/pour.ts';
import { duplexOf, readableOf, writableOf } from './content.ts';
import { isFlooded } from './incoming.ts';
import { clientOf, data, post } from './peer.testing.ts';
import type { Stream } from './stream.ts';

const bodyOf = (stream: Stream): ReturnType<typeof readableOf> => readableOf(stream, () => stream.discard());

function answer(stream: Stream): void {
  stream.sendHead([':status', '200']);
  stream.sendLast(Buffer.from('answer'));
}

test('a client that has its answer need not send the rest of its content', async () => {
  const client = clientOf((stream) => {
    const body = bodyOf(stream);
    body.pipe(new PassThrough());
    answer(stream);
    setImmediate(() => body.unpipe().resume());
  });
  await client.say(post(1), data(1, 'begin'));
  expect(client.resets()).toEqual([[1, 0]]);
  client.socket.destroy();
});

test('a reader that pauses before the beginning gets all content later', async () => {
  const texts: string[] = [];
  const take = (bytes: Buffer): number => texts.push(bytes.toString());
  const client = clientOf((stream) => {
    const body = bodyOf(stream);
    body.on('data', take).off('data', take).pause();
    setImmediate(() => body.on('data', take).resume());
  });
  await client.say(post(1), data(1, 'begin'));
  await client.say(data(1, 'end', true));
  expect(texts).toEqual(['begin', 'end']);
  client.socket.destroy();
});

test('content that is still read continues after the answer', async () => {
  const texts: string[] = [];
  const client = clientOf((stream) => {
    bodyOf(stream).on('data', (bytes: Buffer) => texts.push(bytes.toString()));
    setImmediate(() => answer(stream));
  });
  await client.say(post(1), data(1, 'begin'));
  await client.say(data(1, 'end', true));
  expect([client.resets(), texts]).toEqual([[], ['begin', 'end']]);
  client.socket.destroy();
});

/** Sends more than the limit for held bytes, on streams whose requests are complete before `then` is called. */
async function upload(then: (stream: Stream) => void): Promise<void> {
  for (let round = 0; round < 16; round += 1) {
    const streams: Stream[] = [];
    const client = clientOf((stream) => streams.push(stream));
    const ids = Array.from({ length: 100 }, (_, index) => index * 2 + 1);
    await client.say(...ids.map((id) => post(id)));
    await client.say(...ids.flatMap((id) => [data(id, PART), data(id, PART), data(id, PART, true)]));
    expect(streams.length).toBe(100);
    for (const stream of streams) then(stream);
    await client.say();
    client.socket.destroy();
  }
}
const PART = Buffer.alloc(16_000, 'x');

test.for<[string, (stream: Stream) => void]>([
  [
    'answered and not read',
    (stream) => {
      bodyOf(stream);
      answer(stream);
    },
  ],
  [
    'answered, and then given up',
    (stream) => {
      const body = readableOf(stream, () => stream.reset('cancel'));
      body.read(0);
      answer(stream);
      body.destroy();
    },
  ],
  [
    'a connection that is given up',
    (stream) => {
      const duplex = duplexOf(stream);
      duplex.read(0);
      answer(stream);
      duplex.destroy();
    },
  ],
])('content does not count for good: %s', async ([, then]) => {
  await upload(then);
  expect(isFlooded()).toBe(false);
});

test.each([
  ['an answer', (stream: Stream) => writableOf(stream, () => [])],
  ['a connection', (stream: Stream) => duplexOf(stream)],
])('%s that arrives byte by byte does not pile up for a peer without a window', async (_, openTo) => {
  const kept = new Kept();
  const content = new ContentStream({ wanted: () => undefined, dropped: () => undefined });
  const client = clientOf((stream) => {
    stream.sendHead([':status', '200']);
    stream.send(Buffer.alloc(65_535));
    pour(content, openTo(stream), () => undefined);
  });
  await client.say(post(1));
  for (let count = 0; count < 1_000; count += 1) {
    content.add(kept.byteIn(1));
    await turn();
  }
  expect(await kept.count()).toBeLessThan(10);
  client.socket.destroy();
});
