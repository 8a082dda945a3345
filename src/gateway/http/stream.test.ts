import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Take, Wire } from '../tunnel/wire.ts';
import { streamOf } from './stream.ts';

/** A wire that notes how it was ended. */
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

test('nothing more is asked for than what is taken', async () => {
  let take: Take = () => false;
  let wanted = 0;
  const read = (taking: Take): void => void (take = taking);
  const wire = Object.assign(wireNoting([]), { read, goOn: () => (wanted += 1) });
  const stream = streamOf(wire);
  expect([take(Buffer.from('a')), wanted]).toEqual([false, 0]);
  const heard: string[] = [];
  stream.on('data', (bytes: Buffer) => heard.push(bytes.toString()));
  await turn();
  expect([wanted > 0, take(Buffer.from('b'))]).toEqual([true, true]);
  expect(heard).toEqual(['a', 'b']);
});
