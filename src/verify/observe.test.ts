import { describe, expect, test } from 'vitest';
import { allowedAt, endedAt } from './observe.ts';

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

describe('a program that was ended', () => {
  const control = { kind: 'control', control: 'x', ok: true, said: '' } as const;

  test('was ended by the attempt whose control it said last', () => {
    expect(endedAt({ id: 'x' }, [control])).toBe('the program that made it was ended');
  });

  test('was not, where it said more: an attempt that was not made is not met', () => {
    expect(endedAt({ id: 'x' }, [control, { kind: 'done' }])).toBeUndefined();
    expect(endedAt({ id: 'x' }, [control, { ...control, control: 'y' }])).toBeUndefined();
    expect(endedAt({ id: 'x' }, [{ ...control, ok: false }])).toBeUndefined();
    expect(endedAt({ id: 'x' }, [])).toBeUndefined();
  });
});
