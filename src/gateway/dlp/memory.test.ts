import { expect, test } from 'vitest';
import type { KnownSecret } from './finding.ts';
import { Memory } from './memory.ts';

const secret = (value: string): KnownSecret => ({ name: 'key', value, kind: 'secret' });

test('a secret is the same object as long as it is known, and another when it is known anew', () => {
  const memory = new Memory();
  const [first] = memory.know([secret('one')]);
  expect(memory.know([secret('two'), secret('one')])[1]).toBe(first);
  expect(memory.know([{ ...secret('one'), kind: 'canary' }])[0]).toEqual({ ...first, kind: 'canary' });
  expect(memory.know([secret('one')])[0]).not.toBe(first);
});
