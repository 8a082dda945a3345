import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createScrub } from '../inject/scrub/scrub.ts';
import { scrubbing } from './answer.ts';

const KEY = 'sk-ant-api03-Zq7xK2mVw9RtLpB4nYcD8sHfJ6gTaQeU1oXiM5kWz3';

/** A client may wait for the whole answer before it continues, as a gRPC stream does. */
test.each(['yes', 'please', 'status: done', 's'])(
  '%j from a host that was lent a secret arrives without waiting for further bytes',
  async (text) => {
    const stream = scrubbing(createScrub([KEY]));
    stream.write(Buffer.from(text));
    await turn();
    expect(String(stream.read())).toBe(text);
  },
);

test('a secret that continues after such bytes is still found', async () => {
  const stream = scrubbing(createScrub([KEY]));
  const out: string[] = [];
  stream.on('data', (bytes: Buffer) => out.push(String(bytes)));
  for (const piece of ['yes', KEY.slice(1, 20), `${KEY.slice(20)}.`]) stream.write(Buffer.from(piece));
  await turn();
  expect(out).toEqual(['yes', `${'*'.repeat(KEY.length - 1)}.`]);
});
