import { expect, test } from 'vitest';
import type { Identity } from '../secrets/identity.ts';
import { refreshesOf } from './refreshes.ts';

const lent = (name: string, source: Identity['source']): Identity => ({
  name,
  source,
  slot: { kind: 'bearer' },
});

test('what commands give is read again, each once: in time, where that is said; other sources never are', () => {
  const token = lent('token', { kind: 'command', argv: ['gh', 'auth', 'token'], refreshMs: 60_000 });
  const identities = [
    token,
    token,
    lent('once', { kind: 'command', argv: ['pass', 'show', 'x'] }),
    lent('variable', { kind: 'env', name: 'KEY' }),
  ];
  expect(refreshesOf(identities)).toEqual([
    { name: 'token', argv: ['gh', 'auth', 'token'], refreshMs: 60_000 },
    { name: 'once', argv: ['pass', 'show', 'x'] },
  ]);
});
