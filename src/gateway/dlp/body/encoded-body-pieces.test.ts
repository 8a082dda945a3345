import * as zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { Kept } from '../../http/kept.testing.ts';
import { inspector } from '../passing.testing.ts';

test('bytes that wait for decoding do not keep the memory that they arrived in', async () => {
  const kept = new Kept();
  const body = inspector().body({
    host: 'h.example',
    where: 'body',
    action: 'block',
    contentEncoding: 'gzip',
  });
  // Its head has a name: before the end of the name, there is no output.
  const head = zlib.gzipSync('').subarray(0, 10);
  head[3] = 8;
  body.push(head);
  for (let count = 0; count < 4_000; count += 1) expect(body.push(kept.byteIn(1)).release).toHaveLength(0);
  expect(await kept.count()).toBeLessThan(100);
  const left = body.push(Buffer.concat([Buffer.of(0), zlib.gzipSync('hello').subarray(10)]));
  const { release, blocked } = body.end();
  expect([blocked, left.release.length + release.length]).toEqual([false, 10 + 4_000 + 1 + 15]);
});
