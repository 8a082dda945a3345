import { expect, test } from 'vitest';
import { allowedAt } from './observe.ts';

const line = (host: string, more: { verdict?: 'deny'; port?: number } = {}) =>
  ({ verdict: 'allow', host, port: 4711, via: 'connect', ...more }) as const;

test('what the gateway allowed of these hosts is told, each once and without brackets', () => {
  const lines = [line('169.254.169.254'), line('169.254.169.254'), line('[fd00:ec2::254]'), line('a.test')];
  expect(allowedAt(lines, ['169.254.169.254', 'fd00:ec2::254'], 4711)).toEqual([
    '169.254.169.254 was allowed by the gateway (connect)',
    '[fd00:ec2::254] was allowed by the gateway (connect)',
  ]);
});

test("what was refused, or is at a port that a user's own rule may name, is not", () => {
  const lines = [line('169.254.169.254', { verdict: 'deny' }), line('169.254.169.254', { port: 80 })];
  expect(allowedAt(lines, ['169.254.169.254'], 4711)).toEqual([]);
});
