import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createInspector } from '../dlp/inspector.ts';
import { SECRET } from '../dlp/passing.testing.ts';
import { createInspectionThread, type Other } from '../dlp/thread/thread.ts';
import { startInThisThread, startSilent } from '../dlp/thread/thread.testing.ts';
import { holdBody } from './body.ts';
import { Blocked, type HeldBody, giveRoom, MOST_ROOM_BYTES, takeRoom } from './room.ts';

/** Bodies that another thread inspects. */

function hold(client: Readable, start: () => Other, wholeUpToBytes?: number): Promise<HeldBody> {
  const secrets = [{ name: 'API_KEY', value: SECRET, kind: 'secret' }] as const;
  const inspector = createInspector({ secrets, rules: [], thread: createInspectionThread(start) });
  const about = { host: 'h.example', where: 'body', action: 'block' } as const;
  const inspect = inspector.largeBody;
  return holdBody(client, {
    inspection: inspector.body(about),
    hasLength: true,
    ...(wholeUpToBytes === undefined ? {} : { wholeUpToBytes }),
    large: inspect && { inspect, about },
  });
}

function clientOf(...pieces: readonly (Buffer | string)[]): PassThrough {
  const client = new PassThrough();
  for (const piece of pieces) client.write(piece);
  client.end();
  return client;
}

const MEDIUM = randomBytes(150_000);
const LARGE = randomBytes(2_000_000);

test('a body of medium size leaves whole and unchanged', async () => {
  const { body, roomBytes } = await hold(clientOf(MEDIUM), startInThisThread);
  giveRoom(roomBytes);
  expect(MEDIUM.equals(body as Uint8Array)).toBe(true);
});

test('a large body leaves as a stream, unchanged', async () => {
  const { body, roomBytes } = await hold(clientOf(LARGE), startInThisThread);
  giveRoom(roomBytes);
  expect(LARGE.equals(await buffer(body as Readable))).toBe(true);
});

test('a large signed body is held whole, up to the limit', async () => {
  const { body, roomBytes } = await hold(clientOf(LARGE), startInThisThread, LARGE.length);
  giveRoom(roomBytes);
  expect(LARGE.equals(body as Uint8Array)).toBe(true);
  await expect(hold(clientOf(LARGE), startInThisThread, LARGE.length - 1)).rejects.toThrow('longer than');
});

test.each([
  ['its beginning', [SECRET, MEDIUM]],
  ['its end', [MEDIUM, SECRET]],
])('a body with a secret at %s is blocked before any of it leaves', async (_, pieces) => {
  await expect(hold(clientOf(...pieces), startInThisThread)).rejects.toThrow(Blocked);
});

test('a stream breaks at a secret, and the secret does not leave', async () => {
  const { body, roomBytes } = await hold(clientOf(LARGE, SECRET, LARGE), startInThisThread);
  giveRoom(roomBytes);
  const left: Buffer[] = [];
  (body as Readable).on('data', (bytes: Buffer) => left.push(bytes));
  const [error] = (await once(body as Readable, 'error').catch((thrown: unknown) => [thrown])) as [unknown];
  expect(error).toBeInstanceOf(Blocked);
  expect(Buffer.concat(left).equals(LARGE.subarray(0, Buffer.concat(left).length))).toBe(true);
});

test('a body is refused when its inspection thread ends, and its room is given back', async () => {
  const silent = startSilent();
  const start = (): Other => {
    setImmediate(() => silent.breakOff());
    return silent;
  };
  const freeBefore = freeRoomBytes();
  const held = hold(clientOf(MEDIUM), start);
  await expect(held).rejects.toThrow('could not be inspected');
  expect(freeRoomBytes()).toBe(freeBefore);
});

/** Test files share the module: earlier tests may have left room taken. */
function freeRoomBytes(): number {
  let bytes = 0;
  for (let step = MOST_ROOM_BYTES; step >= 1; step = Math.floor(step / 2))
    while (takeRoom(step)) bytes += step;
  giveRoom(bytes);
  return bytes;
}

test('a body whose client breaks off is refused', async () => {
  const client = new PassThrough();
  client.write(MEDIUM);
  const held = hold(client, startInThisThread);
  setImmediate(() => client.destroy());
  await expect(held).rejects.toThrow('the client broke off');
});
