import { expect, test, vi } from 'vitest';
import type { Identity } from '../../secrets/identity.ts';
import { refreshesOf, startRefreshing } from './refreshes.ts';

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

test('whoever takes over reads at once what expires by its own word, and nothing that is good as long as it is taken', async () => {
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
