import { conformance } from './suite.ts';
import { findProgram } from '../../src/host/system/programs.ts';

/**
 * On a host other than macOS: uses the stand-in for Apple's `container` (test/support/apple), whose machines are
 * containers of this host's kernel.
 */
const isStandIn = findProgram('sw_vers') === undefined;

conformance({
  runtime: 'apple',
  engine: 'apple',
  boundary: 'vm',
  networkForm: 'sockets',
  user: 'root',
  deviations: isStandIn
    ? { 'no namespace is the host’s': 'the stand-in’s machines have this host’s kernel, and its boot id' }
    : {},
});
