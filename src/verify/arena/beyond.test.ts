import { expect, test } from 'vitest';
import { settledAt } from './beyond.ts';

test('when it has settled, it says where it listens and how much it heard', () => {
  const settled = settledAt({ ip4: '198.51.100.1', ip6: '2001:db8::1' }, { looked: 9 }, []);
  expect(settled.said).toContain('at 198.51.100.1 and 2001:db8::1: 9 messages');
  expect(settled.missed).toBeUndefined();
});

test('where this host itself is heard no more, anything may have been missed', () => {
  const at = { ip4: '198.51.100.1', ip6: '2001:db8::1' };
  expect(settledAt(at, { looked: 9 }, [at.ip6]).missed).toMatch(/heard no more .* at 2001:db8::1$/);
});

test.each(['no answer', { ready: 1 } as const])(
  '%j is no count, and anything may have been missed',
  (answer) => {
    expect(settledAt({ ip4: '198.51.100.1' }, answer, []).missed).toMatch(/ended/);
  },
);
