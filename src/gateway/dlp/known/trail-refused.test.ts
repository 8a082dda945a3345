import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createInspector } from '../inspector.ts';

const VALUE = 'gk7_Qz91XbTm4LpWc8RyVn2HsDf6JtKe3uAa5ZoE';

/** Which of these are refused, one after the other in a header. */
function refusedOf(values: readonly string[], value = VALUE): readonly boolean[] {
  const by = createInspector({
    secrets: [{ name: 'API_KEY', value, kind: 'secret' }],
    rules: [],
    nowMs: () => 0,
  });
  return values.map((text) => by.head({ host: 'a.test', path: '/', headers: [['x-note', text]] }).length > 0);
}

test('after a piece that was refused those that go on with it are refused too, and that one again', () => {
  const refused = refusedOf(Array.from(VALUE));
  const first = refused.indexOf(true);
  expect(first).toBeGreaterThan(10);
  expect(refused.slice(first)).not.toContain(false);
  const again = refusedOf([
    ...Array.from(VALUE.slice(0, first + 2)),
    VALUE.charAt(first + 1),
    VALUE.charAt(first + 1),
  ]);
  expect(again.slice(first)).toEqual([true, true, true, true]);
});

test('what does not go on with it passes, and so does all that comes then', () => {
  const first = refusedOf(Array.from(VALUE)).indexOf(true);
  const refused = refusedOf([
    ...Array.from(VALUE.slice(0, first + 3)),
    'no piece',
    ...Array.from(VALUE.slice(first + 3)),
  ]);
  expect(refused.slice(first)).toEqual([
    true,
    true,
    true,
    ...Array<boolean>(VALUE.length - first - 2).fill(false),
  ]);
});

test('forty-eight characters of any value are enough', () => {
  const value = createHash('shake256', { outputLength: 1200 }).update('value').digest('base64url');
  const refused = refusedOf(Array.from(value), value);
  expect(refused.indexOf(true)).toBe(47);
  expect(refused.slice(47)).not.toContain(false);
});
