import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readableOf } from './content.ts';
import { clientOf, data, post } from './peer.testing.ts';
import type { Stream } from './stream.ts';

const bodyOf = (stream: Stream): ReturnType<typeof readableOf> => readableOf(stream, () => stream.discard());

function answer(stream: Stream): void {
  stream.sendHead([':status', '200']);
  stream.sendLast(Buffer.from('answer'));
}

test('a client need not send what is only thrown away once it has its answer', async () => {
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

test('what is still read goes on behind the answer', async () => {
  const texts: string[] = [];
  const client = clientOf((stream) => {
    bodyOf(stream).on('data', (bytes: Buffer) => texts.push(bytes.toString()));
    answer(stream);
  });
  await client.say(post(1), data(1, 'begin'));
  await client.say(data(1, 'end', true));
  expect([client.resets(), texts]).toEqual([[], ['begin', 'end']]);
  client.socket.destroy();
});
