import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Kept } from '../http/kept.testing.ts';
import { ContentStream, type Flow } from './content-stream.ts';

const FLOW: Flow = { wanted: () => undefined, dropped: () => undefined };

test('a stream delivers all content in order, and then its end, however it arrives and is read', async () => {
  const length = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 4_000, max: 20_000 }));
  const steps = fc.array(fc.tuple(length, fc.constantFrom('pause', 'resume', 'turn', 'nothing')));
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const content = new ContentStream(FLOW);
      const added: Buffer[] = [];
      const taken: Buffer[] = [];
      content.on('data', (piece: Buffer) => taken.push(Buffer.from(piece)));
      for (const [index, [bytes, then]] of all.entries()) {
        const piece = Buffer.alloc(bytes, index);
        added.push(Buffer.from(piece));
        content.add(piece);
        if (then === 'turn') await turn();
        else if (then !== 'nothing') content[then]();
        expect(content.heldBytes).toBe(Buffer.concat(added).length - Buffer.concat(taken).length);
      }
      content.end(['x-sum', '1']);
      const ended = once(content, 'end');
      content.resume();
      await ended;
      expect(Buffer.concat(taken).equals(Buffer.concat(added))).toBe(true);
      expect(content.trailers).toEqual(['x-sum', '1']);
    }),
  );
});

test('all content arrives over a connection that pauses for a slow reader', async () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.nat(2), async (lengths, takenAtOnce) => {
      let isStopped = false;
      const content = new ContentStream({ ...FLOW, wanted: () => (isStopped = false) });
      let [sum, taken] = [0, 0];
      content.on('data', ({ length }: Buffer) => {
        sum += length;
        taken += 1;
        if (taken <= takenAtOnce) return;
        taken = 0;
        content.pause();
        setImmediate(() => content.resume());
      });
      const coming = [...lengths];
      for (let turns = 0; coming.length > 0 && turns < 1_000; turns += 1) {
        while (!isStopped && coming.length > 0) isStopped = !content.add(Buffer.alloc(coming.shift() ?? 0));
        await turn();
      }
      const ended = once(content, 'end');
      content.end([]);
      await ended;
      expect([coming, sum]).toEqual([[], lengths.reduce((all, length) => all + length, 0)]);
    }),
  );
});

test('unread content does not keep the memory that it arrived in', async () => {
  const kept = new Kept();
  const content = new ContentStream(FLOW);
  for (let count = 0; count < 10_000; count += 1) expect(content.add(kept.byteIn(1))).toBe(true);
  expect([await kept.count(), content.heldBytes]).toEqual([0, 10_000]);
  content.on('data', () => content.pause());
  await turn();
  for (let count = 0; count < 6_000; count += 1) content.add(kept.byteIn(1));
  expect(await kept.count()).toBeLessThan(3);
  content.destroy();
});

test('a slow reader limits how much content is read', async () => {
  let isWanted = true;
  const content = new ContentStream({ ...FLOW, wanted: () => (isWanted = true) });
  /** As much as a socket reads at once, in short chunks. */
  const read = (): void => {
    if (!isWanted) return;
    isWanted = false;
    for (let chunk = 0; chunk < 64; chunk += 1) content.add(Buffer.alloc(1_000));
  };
  let most = 0;
  content.on('data', () => content.pause());
  for (let count = 0; count < 200; count += 1) {
    read();
    most = Math.max(most, content.heldBytes);
    content.resume();
    await turn();
  }
  expect(most).toBeGreaterThanOrEqual(64_000);
  expect(most).toBeLessThan(64_000 + 16 * 1_024);
  content.destroy();
});
