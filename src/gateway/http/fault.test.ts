import { expect, test } from 'vitest';
import { createScrub } from '../inject/scrub.ts';
import { faultOf, tellableFault } from './fault.ts';

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

test('what a host was lent is not told, in whatever words of its', () => {
  const scrub = createScrub(['k-0123456789']);
  const error = coded('HPE_X', 'not “k-0123456789”, nor k%2D0123456789');
  expect(tellableFault(error, { isLent: true }, scrub)).toBe(
    'the host’s answer is not HTTP as it should be (not “************”, nor **************)',
  );
  expect(tellableFault(error, { isLent: false }, scrub)).toBe(faultOf(error));
});
