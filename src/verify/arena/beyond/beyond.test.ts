import { expect, test } from 'vitest';
import { settledAt, whyNobody } from './beyond.ts';
import { BottleError } from '../../../errors.ts';

test('a settled listener reports its addresses and the number of packets', () => {
  const settled = settledAt({ ip4: '198.51.100.1', ip6: '2001:db8::1' }, { looked: 9 }, []);
  expect(settled.said).toContain('at 198.51.100.1 and 2001:db8::1: 9 messages');
  expect(settled.missed).toBeUndefined();
});

test('a listener that no longer receives this host may have missed anything', () => {
  const at = { ip4: '198.51.100.1', ip6: '2001:db8::1' };
  expect(settledAt(at, { looked: 9 }, [at.ip6]).missed).toMatch(/heard no more .* at 2001:db8::1$/);
});

test.each(['no answer', { ready: 1 } as const])(
  'a listener with the count %j may have missed anything',
  (answer) => {
    expect(settledAt({ ip4: '198.51.100.1' }, answer, []).missed).toMatch(/ended/);
  },
);

const failed = (...details: readonly string[]): BottleError =>
  new BottleError('dependencyMissing', 'ip failed (exit code 2)', { details, fix: '' });

test.each([
  [failed('unshare: unshare failed: Operation not permitted'), false, /as an ordinary user without/],
  [failed('RTNETLINK answers: Operation not permitted'), true, /as a root without .*CAP_NET_ADMIN/],
  [
    new BottleError('dependencyMissing', 'ip is not installed', { fix: '' }),
    true,
    /not possible: ip is not installed/,
  ],
  [failed('unshare: failed to execute perl: No such file or directory'), true, /execute perl/],
  [failed('RTNETLINK answers: Operation not supported'), true, /not supported/],
  [failed('Error: Unknown device type.'), true, /Unknown device type/],
  [failed('this host has routes to all networks of documents (RFC 5737)'), true, /all networks/],
])('a listener cannot be started on a host without it: %s', (error, isRoot, why) => {
  expect(whyNobody(error, isRoot)).toMatch(why);
});

test.each([
  new TypeError('this is not a function; not supported'),
  new BottleError('verifyFailed', 'nothing from here is heard there; not permitted', { fix: '' }),
  new BottleError('dependencyMissing', 'no answer', { fix: '' }),
  new BottleError('dependencyMissing', 'ip did not end in time', { fix: '' }),
  failed('RTNETLINK answers: No such process'),
])('any other error of the listener is a failure: %s', (error) => {
  expect(whyNobody(error, true)).toBeUndefined();
});
