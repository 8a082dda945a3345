import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Outgoing } from './outgoing.ts';
import { ReceiveWindow, type WindowLimits } from './window.ts';

const LIMITS: WindowLimits = { initialBytes: 1_000, unsaidBytes: 1_500, mostBytes: 8_000, isPooled: false };

test('a peer that obeys its window is never refused, and never has more than the maximum', () => {
  const steps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, steps, (sends, reads) => {
      const window = new ReceiveWindow(LIMITS);
      let [room, waiting] = [LIMITS.unsaidBytes, 0];
      for (const [index, part] of sends.entries()) {
        const sent = Math.floor(part * room);
        room -= sent;
        waiting += sent;
        expect(window.receive(sent)).toBe(true);
        const read = Math.floor((reads[index] ?? 1) * waiting);
        waiting -= read;
        room += window.consume(read, waiting);
        expect(room + waiting).toBeLessThanOrEqual(LIMITS.mostBytes);
      }
      expect(window.receive(room)).toBe(true);
      expect(window.receive(1)).toBe(false);
    }),
    { examples: [[[1 / 3, 1 / 3, 0.4, 4 / 9], []]] },
  );
});

test('the window grows for a fast reader, and not for a slow one', () => {
  const kept = new ReceiveWindow(LIMITS);
  expect([kept.consume(499, 0, 1), kept.consume(1, 0, 2), kept.consume(500, 0, 3)]).toEqual([0, 500, 1_500]);
  const behind = new ReceiveWindow(LIMITS);
  expect([behind.consume(500, 1, 1), behind.consume(500, 1, 2)]).toEqual([500, 500]);
  const slow = new ReceiveWindow(LIMITS);
  expect([slow.consume(500, 0, 1), slow.consume(500, 0, 1_000)]).toEqual([500, 500]);
});

test('one window grows only as far as it leaves room for others, and gives some back', () => {
  const KIB = 1024;
  const limits = { ...LIMITS, initialBytes: 4_096 * KIB, mostBytes: 8_192 * KIB, isPooled: true };
  const grown = (window: ReceiveWindow): number => {
    const size = limits.initialBytes * 2;
    window.consume(size, 0, 1);
    return (window.consume(size, 0, 2) - size) / KIB;
  };
  const windows = [new ReceiveWindow(limits), new ReceiveWindow(limits), new ReceiveWindow(limits)];
  const [first] = windows;
  // The pool has 6 MiB.
  expect(windows.map((window) => grown(window))).toEqual([3_072, 1_536, 768]);
  expect(first === undefined ? undefined : grown(first)).toBe(0);
  first?.release();
  const next = new ReceiveWindow(limits);
  expect(grown(next)).toBe((768 + 3_072) / 2);
  for (const window of [...windows, next]) window.release();
});

test('sent bytes are those given, in order, and never exceed the window', () => {
  const piece = fc.uint8Array({ minLength: 1, maxLength: 30 });
  const step = fc.record({ most: fc.integer({ min: 1, max: 20 }), room: fc.integer({ min: -5, max: 25 }) });
  fc.assert(
    fc.property(fc.array(piece), fc.array(step, { maxLength: 80 }), (pieces, steps) => {
      const outgoing = new Outgoing(0);
      for (const bytes of pieces) outgoing.add(bytes);
      outgoing.finish();
      const taken: Uint8Array[] = [];
      let room = 0;
      for (const { most, room: more } of steps) {
        outgoing.windowBytes += more;
        room += more;
        const bytes = outgoing.take(most);
        if (bytes === undefined) continue;
        expect(bytes.length).toBeLessThanOrEqual(Math.min(most, room));
        room -= bytes.length;
        taken.push(bytes);
      }
      const [all, sent] = [Buffer.concat(pieces), Buffer.concat(taken)];
      expect(all.subarray(0, sent.length)).toEqual(sent);
      expect([outgoing.isAtEnd, outgoing.takenBytes]).toEqual([sent.length === all.length, sent.length]);
    }),
  );
});
