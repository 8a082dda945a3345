import { expect, test, vi } from 'vitest';
import type { Identity } from '../../secrets/identity.ts';
import { refreshesOf, startRefreshing } from './refreshes.ts';

const lent = (name: string, source: Identity['source']): Identity => ({
  name,
  source,
  slot: { kind: 'bearer' },
});

test("a command's secrets are read again before they expire, once each, and other sources are not", () => {
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

test('a new owner reads expiring secrets at once, and lasting ones only on request', async () => {
  const failed = vi.fn<(name: string, error: unknown) => void>();
  const argv = ['false'];
  const refreshes = [
    { name: 'lasts', argv },
    { name: 'expires', argv, expiresAtMs: Date.now() + 3_600_000 },
  ];
  const refreshing = startRefreshing({ id: 'no-such-bottle', refreshes }, { known: undefined, failed });
  await expect.poll(() => failed.mock.calls.map(([name]) => name)).toEqual(['expires']);
  refreshing.stop();
});
