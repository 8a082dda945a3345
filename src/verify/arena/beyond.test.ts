import { expect, test } from 'vitest';
import { settledAt, whyOf } from './beyond.ts';

test('when it has settled, it says where it listens and how much it heard', () => {
  const settled = settledAt({ ip4: '198.51.100.1', ip6: '2001:db8::1' }, { looked: 9 });
  expect(settled.said).toContain('at 198.51.100.1 and 2001:db8::1: 9 messages');
  expect(settled.missed).toBeUndefined();
});

test.each(['no answer', { ready: 1 } as const])(
  '%j is no count, and anything may have been missed',
  (answer) => {
    expect(settledAt({ ip4: '198.51.100.1' }, answer).missed).toMatch(/ended/);
  },
);

test.each([
  ['unshare: unshare failed: Operation not permitted', /ordinary user/],
  ['ip is not installed', /not possible: ip is not installed/],
])('why nobody is there: %s', (complaint, why) => {
  expect(whyOf(complaint)).toMatch(why);
});
