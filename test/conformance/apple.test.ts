import { conformance } from './suite.ts';

/**
 * Where this host is no macOS, on the stand-in for Apple's `container` (test/support/apple), whose machines are containers of this
 * host's kernel.
 */
conformance({
  runtime: 'apple',
  engine: 'apple',
  boundary: 'vm',
  networkForm: 'sockets',
  user: 'root',
});
