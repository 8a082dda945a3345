import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Take, Wire, WireEvents } from '../tunnel/wire.ts';
import { Kept } from './kept.testing.ts';
import { streamOf } from './serve.ts';

/** A wire that records how it was ended. */
function wireNoting(ends: string[]): Wire {
  const noting = { read: () => undefined, goOn: () => undefined };
  return Object.assign(noting, {
    destroy: () => ends.push('ended'),
    breakOff: () => ends.push('broken off'),
  }) as unknown as Wire;
}

test.each([
  ['ended', undefined],
  ['broken off', new Error('the answer is not whole')],
])('a connection is %s as its stream is', async (end, error) => {
  const ends: string[] = [];
  const stream = streamOf(wireNoting(ends)).on('error', () => undefined);
  const closed = new Promise((resolve) => void stream.once('close', resolve));
  stream.destroy(error);
  await closed;
  expect(ends).toEqual([end]);
});

test('unread bytes wait in joined pieces before later bytes and the end, and pause their connection when they are enough', async () => {
  let take: Take = () => false;
  let events: WireEvents | undefined;
  let wanted = 0;
  const read = (taking: Take, hearing: WireEvents): void => void ([take, events] = [taking, hearing]);
  const wire = Object.assign(wireNoting([]), { read, goOn: () => (wanted += 1) });
  const stream = streamOf(wire);
  const kept = new Kept();
  const answers = Array.from({ length: 16 * 1024 }, () => take(kept.byteIn(1)));
  expect([answers.indexOf(false), await kept.count(), wanted]).toEqual([16 * 1024 - 1, 0, 0]);
  const heard: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => heard.push(bytes));
  await turn();
  expect([wanted > 0, take(Buffer.from('last'))]).toEqual([true, true]);
  events?.ended();
  await once(stream, 'end');
  expect(heard.length).toBeLessThan(10);
  expect(Buffer.concat(heard).length).toBe(16 * 1024 + 4);
  expect(heard.at(-1)?.toString()).toBe('last');
});
