import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { BodyInspection, Passed } from '../dlp/finding.ts';
import { ContentStream } from '../message/content-stream.ts';
import { Kept } from '../http/kept.testing.ts';
import { holdBody, holdUninspected, type HoldOptions } from './body.ts';
import { giveRoom } from './room.ts';

/** Memory use matches the room counted, however short the pieces of a body are. */

const openClient = (): ContentStream =>
  new ContentStream({ wanted: () => undefined, dropped: () => undefined });

const passed = (release: Uint8Array): Passed => ({ release, findings: [], blocked: false });

/** Releases a part of the inspected bytes for each piece. */
function releasing(release: () => Uint8Array): BodyInspection {
  const nothing = (): Passed => passed(new Uint8Array(0));
  return { push: () => passed(release()), flush: nothing, end: nothing, startLeaving: () => undefined };
}

/** Reads a body of 2,000 bytes, a byte at a time; calls `beforeEnd` while it is held. */
async function held(
  options: HoldOptions,
  { piece, beforeEnd }: { readonly piece: () => Buffer; readonly beforeEnd: () => Promise<void> },
): Promise<string> {
  const client = openClient();
  const holding = holdBody(client, options);
  await turn();
  for (let count = 0; count < 2_000; count += 1) client.add(piece());
  await beforeEnd();
  client.end([]);
  const { body, roomBytes } = await holding;
  giveRoom(roomBytes);
  return Buffer.from(body as Uint8Array).toString();
}

test('inspected content keeps only the memory of its released bytes', async () => {
  const kept = new Kept();
  const inspection = releasing(() => kept.byteIn(8_192));
  const counts: number[] = [];
  const text = await held(
    { inspection, hasLength: true },
    {
      piece: () => Buffer.from('b'),
      beforeEnd: async () => void counts.push(await kept.count()),
    },
  );
  expect([text, counts]).toEqual(['a'.repeat(2_000), [0]]);
});

/** Keeps everything until the end. */
function gathering(): BodyInspection {
  const gathered: Uint8Array[] = [];
  return {
    push: (bytes) => {
      gathered.push(bytes);
      return passed(new Uint8Array(0));
    },
    flush: () => passed(new Uint8Array(0)),
    end: () => passed(Buffer.concat(gathered)),
    startLeaving: () => undefined,
  };
}

test('gathering pieces that are small parts of their memory does not keep that memory', async () => {
  const kept = new Kept();
  const counts: number[] = [];
  const beforeEnd = async (): Promise<void> => void counts.push(await kept.count());
  const piece = (): Buffer => kept.byteIn(16_384);
  const text = await held({ inspection: gathering(), hasLength: true }, { piece, beforeEnd });
  expect([text, counts]).toEqual(['a'.repeat(2_000), [0]]);
});

test('gathering keeps no such memory while the body continues', async () => {
  const kept = new Kept();
  const client = openClient();
  const holding = holdBody(client, { inspection: gathering(), hasLength: true });
  await turn();
  client.add(Buffer.alloc(300_000));
  const { roomBytes } = await holding;
  await turn();
  for (let count = 0; count < 1_000; count += 1) client.add(kept.byteIn(16_384));
  expect(await kept.count()).toBeLessThan(10);
  client.destroy();
  giveRoom(roomBytes);
});

test('content that waits for a signature does not keep the memory of its pieces', async () => {
  const kept = new Kept();
  const counts: number[] = [];
  const text = await held(
    { inspection: undefined, hasLength: true, wholeUpToBytes: 10_000 },
    { piece: () => kept.byteIn(1), beforeEnd: async () => void counts.push(await kept.count()) },
  );
  expect([text, counts]).toEqual(['a'.repeat(2_000), [0]]);
});

test('a stalled body keeps neither inspected nor new content in its pieces', async () => {
  const [looked, come] = [new Kept(), new Kept()];
  let next = (): Uint8Array => Buffer.alloc(300_000);
  const client = openClient();
  const holding = holdBody(client, { inspection: releasing(() => next()), hasLength: true });
  await turn();
  client.add(Buffer.alloc(300_000));
  const { body, roomBytes } = await holding;
  const stream = body as Readable;
  expect(stream.read()).toHaveLength(300_000);
  next = () => looked.byteIn(8_192);
  for (let count = 0; count < 1_000; count += 1) {
    client.add(Buffer.from('b'));
    await turn();
  }
  expect([await looked.count(), stream.readableLength]).toEqual([0, 1_000]);
  next = () => Buffer.alloc(16_384);
  for (let count = 0; count < 1_000; count += 1) {
    client.add(come.byteIn(1));
    await turn();
  }
  expect(await come.count()).toBeLessThan(10);
  stream.destroy();
  await once(stream, 'close');
  giveRoom(roomBytes);
});

test('all held content of an uninspected body takes room', () => {
  const client = openClient();
  for (let count = 0; count < 100; count += 1) client.add(Buffer.from('b'));
  const { roomBytes } = holdUninspected(client);
  giveRoom(roomBytes);
  expect(roomBytes).toBe(100);
});

test('a client that breaks off before its content is awaited leaves nothing in memory', async () => {
  const client = new PassThrough();
  client.destroy();
  await turn();
  await expect(holdBody(client, { inspection: undefined, hasLength: true })).rejects.toThrow('broke off');
});
