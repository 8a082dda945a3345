import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lend } from './buffer-release.ts';
import { Held } from './held.ts';

const lengths = fc.oneof(fc.nat(20), fc.integer({ min: 4_000, max: 20_000 }));

test('held bytes come out in order, and count until then', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(lengths, fc.nat(3))), fc.boolean(), (steps, isAtOnce) => {
      const held = new Held();
      const added: Buffer[] = [];
      const taken: Buffer[] = [];
      const sum = (): number => Buffer.concat(added).length - Buffer.concat(taken).length;
      for (const [index, [length, takes]] of steps.entries()) {
        const bytes = Buffer.alloc(length, index);
        added.push(Buffer.from(bytes));
        held.add(bytes);
        for (let count = 0; count < takes - 1; count += 1) taken.push(held.take() ?? Buffer.alloc(0));
        // The socket reuses its memory afterwards.
        if (length < 8_192) bytes.fill(255);
        expect(held.bytes).toBe(sum());
        expect(held.occupiedBytes).toBeGreaterThanOrEqual(sum());
      }
      if (isAtOnce) taken.push(held.takeAll());
      else for (let piece = held.take(); piece !== undefined; piece = held.take()) taken.push(piece);
      expect(Buffer.concat(taken).equals(Buffer.concat(added))).toBe(true);
      expect([held.bytes, held.occupiedBytes]).toEqual([0, 0]);
    }),
  );
});

test('many short pieces take little more memory than their bytes, and keep no larger memory alive', () => {
  const held = new Held();
  for (let count = 0; count < 65_536; count += 1) held.add(Buffer.alloc(16_384).subarray(7, 8));
  expect(held.occupiedBytes).toBe(65_536);
  const pieces: Buffer[] = [];
  for (let piece = held.take(); piece !== undefined; piece = held.take()) pieces.push(piece);
  expect(pieces.length).toBe(16);
  expect(new Set(pieces.map(({ buffer }) => buffer.byteLength))).toEqual(new Set([4_096]));
});

test('a long piece is kept without a copy, unless it is a small part of its memory', () => {
  const held = new Held();
  const [large, small] = [Buffer.alloc(16_384), Buffer.alloc(65_536)];
  expect([held.add(large.subarray(8_000)), held.add(small.subarray(0, 9_000))]).toEqual([false, true]);
  expect([held.take()?.buffer === large.buffer, held.take()?.buffer.byteLength]).toEqual([true, 9_000]);
});

test('lent memory is given back after a copy', () => {
  const held = new Held();
  const [copied, whole] = [Buffer.from(new ArrayBuffer(5_000)), Buffer.from(new ArrayBuffer(9_000))];
  for (const bytes of [copied, whole]) {
    lend(bytes);
    held.addLent(bytes);
  }
  expect([copied, whole].map(({ buffer }) => buffer.byteLength)).toEqual([0, 9_000]);
  expect(held.takeAll()).toHaveLength(14_000);
});
