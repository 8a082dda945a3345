import { findProgram } from '../../src/host/programs.ts';
import { conformance } from './suite.ts';

/** Where this host has no Firecracker, on the stand-in for it, which has QEMU run the same machine (test/support/firecracker). */
const isStandIn = findProgram('firecracker') === undefined;

conformance(
  {
    runtime: 'firecracker',
    engine: 'firecracker',
    boundary: 'vm',
    networkForm: 'joined',
    user: 'root',
  },
  isStandIn ? 'what its parts are together' : 'all',
);
