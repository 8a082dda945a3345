import { expect, test } from 'vitest';
import { withoutSessions } from './sessions.ts';

test('removes all cookies, however their header is spelled, and keeps all other headers', () =>
  expect(
    withoutSessions([
      'A',
      '1',
      'Set-Cookie',
      's=1',
      'a',
      '2',
      'set-cookie',
      't=2',
      'SET-COOKIE2',
      'u=3',
      'Cookie',
      'v',
    ]),
  ).toEqual(['A', '1', 'a', '2', 'Cookie', 'v']));
