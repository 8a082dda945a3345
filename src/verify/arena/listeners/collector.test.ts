import { expect, test } from 'vitest';
import { keepReceived, MAX_BYTES, MAX_NONCES } from './collector.ts';
import { makeNonce } from '../nonce.ts';

const nonce = makeNonce();
const head = { host: 'looked.bot-bottle.test', method: 'POST', target: `/leak/${nonce}`, rawHeaders: [] };

test('the collector keeps each request by its nonce, in order', () => {
  const kept = keepReceived();
  const [one, other] = [kept.begin(head), kept.begin({ ...head, method: 'PUT' })];
  expect(one.take(Buffer.from('text')).toString()).toBe('text');
  other.end(['x-note', 'word']);
  expect(kept.received(nonce)).toEqual([one.filling, other.filling]);
  expect(kept.received(nonce).map(({ method, rawTrailers }) => [method, rawTrailers])).toEqual([
    ['POST', []],
    ['PUT', ['x-note', 'word']],
  ]);
  expect(kept.received(makeNonce())).toEqual([]);
});

test('the collector keeps a bounded number of bytes for a nonce, in one request or in many', () => {
  const kept = keepReceived();
  const coming = kept.begin(head);
  const chunk = Buffer.alloc(MAX_BYTES / 2 + 1);
  expect(coming.take(chunk)).toHaveLength(chunk.length);
  const rest = coming.take(chunk).length;
  expect(rest).toBeGreaterThan(MAX_BYTES / 4);
  expect(chunk.length + rest).toBeLessThan(MAX_BYTES);
  expect(coming.take(Buffer.from('x'))).toHaveLength(0);
  coming.end(['x-note', 'word']);
  expect(coming.filling.rawTrailers).toEqual([]);
  const many = keepReceived();
  for (let count = 0; count < MAX_BYTES / 256; count += 1) many.begin(head);
  expect(many.received(nonce).length).toBeLessThan(MAX_BYTES / 512);
  // Another nonce still has room.
  const next = makeNonce();
  many.begin({ ...head, target: `/leak/${next}` });
  expect(many.received(next)).toHaveLength(1);
});

test('the collector keeps nothing after a part that did not fit', () => {
  const kept = keepReceived();
  kept.begin({ ...head, rawHeaders: ['x-note', 'x'.repeat(MAX_BYTES)] });
  kept.begin(head);
  expect(kept.received(nonce)).toEqual([]);
});

test('the collector keeps no more nonces than verify makes', () => {
  const kept = keepReceived();
  const nonces = Array.from({ length: MAX_NONCES + 1 }, makeNonce);
  for (const one of nonces) kept.begin({ ...head, target: `/leak/${one}` });
  expect(nonces.filter((one) => kept.received(one).length > 0)).toHaveLength(MAX_NONCES);
  const [first = ''] = nonces;
  kept.begin({ ...head, target: `/leak/${first}` });
  expect(kept.received(first)).toHaveLength(2);
});
