import { describe, expect, it } from 'vitest';
import { isAlabel } from './a-label.ts';

describe('isAlabel', () => {
  it.each(['xn--bcher-kva', 'xn--p1ai', 'xn--nxasmq6b'])('isAlabel accepts %s', (label) => {
    expect(isAlabel(label)).toBe(true);
  });

  it.each(['xn--', 'xn--zzzzzz', 'xn--a', 'xn--abc-', 'xn--BCHER-kva', 'xn--a-ecp.ru'])(
    'isAlabel refuses %s',
    (label) => {
      expect(isAlabel(label)).toBe(false);
    },
  );
});
