import { expect, test } from 'vitest';
import { faultOf } from './fault.ts';

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test.each([
  [
    coded('HPE_INVALID_CONSTANT', 'Parse Error'),
    'the host’s answer is not HTTP as it should be (Parse Error)',
  ],
  [coded('ECONNRESET', 'socket hang up'), 'the host broke off the connection (socket hang up)'],
  [coded('ECONNREFUSED', 'connect ECONNREFUSED 192.0.2.1:1'), 'connect ECONNREFUSED 192.0.2.1:1'],
  [new Error('the certificate has expired'), 'the certificate has expired'],
  ['no error', 'no error'],
])('%s is told as: %s', (error, told) => {
  expect(faultOf(error)).toBe(told);
});
