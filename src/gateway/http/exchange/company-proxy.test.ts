import { expect, test } from 'vitest';
import type { Passage } from '../../gate/gate.ts';
import { refusalOfProxy } from './company-proxy.ts';

const THROUGH = {
  kind: 'proxy',
  proxy: { host: 'proxy.corp.test', port: 3128, bypass: [] },
} as const;
const DIRECT = { kind: 'direct', addresses: ['192.0.2.1'] } as const;
const passage = (scheme: 'http' | 'https', route: Passage['route']): Passage =>
  ({ asked: { scheme }, route }) as unknown as Passage;

test('a 407 is an answer of the company proxy when the proxy took the request for the host', () => {
  expect(refusalOfProxy({ status: 407 }, passage('http', THROUGH))).toMatch(
    /proxy\.corp\.test:3128 answered 407/,
  );
});

test.each([
  ['another status', { status: 401 }, passage('http', THROUGH)],
  ['of a host inside TLS, behind the proxy', { status: 407 }, passage('https', THROUGH)],
  ['of a host that was asked itself', { status: 407 }, passage('http', DIRECT)],
])('a 407 is an answer of the host when it is %s', (_, answer, asked) => {
  expect(refusalOfProxy(answer, asked)).toBeUndefined();
});
