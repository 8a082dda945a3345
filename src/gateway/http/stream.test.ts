import { expect, test } from 'vitest';
import type { Wire } from '../tunnel/wire.ts';
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
