import { expect, test } from 'vitest';
import { beyondFor } from './targets.ts';

const [ip4, ip6] = ['203.0.113.1', '2001:db8:203:0:113::1'];

test.each([
  ['somebody by both', { ip4, ip6 }, { beyond: { ip4, ip6 } }],
  ['somebody by IPv4, and nobody by IPv6', { ip4 }, { beyond: { ip4, ip6: '2001:db8::1' } }],
  ['nobody', undefined, { beyond: { ip4: '198.51.100.1', ip6: '2001:db8::1' } }],
])('with a capture, both families are tried beyond this host: %s', (_, at, aims) => {
  expect(beyondFor({ captures: true, beyond: { at, missing: undefined } })).toEqual(aims);
});

test('without a capture, only the listeners are tried', () => {
  expect(beyondFor({ captures: false, beyond: { at: { ip4 }, missing: undefined } })).toEqual({
    beyond: { ip4 },
  });
  expect(beyondFor({ captures: false, beyond: { at: undefined, missing: 'no ip' } })).toEqual({});
});
