import { expect, test } from 'vitest';
import type { KnownSecret } from './finding.ts';
import { Memory } from './memory.ts';

const secret = (value: string): KnownSecret => ({ name: 'key', value, kind: 'secret' });

test('a secret keeps its object while it is known, and gets a new one when it is added again', () => {
  const memory = new Memory();
  const [first] = memory.know([secret('one')]);
  expect(memory.know([secret('two'), secret('one')])[1]).toBe(first);
  expect(memory.know([{ ...secret('one'), kind: 'canary' }])[0]).toEqual({ ...first, kind: 'canary' });
  expect(memory.know([secret('one')])[0]).not.toBe(first);
});
