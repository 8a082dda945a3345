import { expect, test } from 'vitest';
import { baseEnvironment } from './guest-files.ts';

test.each(['NO_PROXY', 'no_proxy'])(
  '%s has every variable by which servers in the bottle find their address',
  (name) => {
    const env = baseEnvironment({ term: undefined, gatewayAddress: '127.200.0.1' });
    expect(env[name]?.split(',')).toEqual(
      expect.arrayContaining(['localhost', '127.0.0.1', '::1', '0.0.0.0']),
    );
    // httpx crashes on an address in brackets.
    expect(env[name]).not.toContain('[');
  },
);
