import { realKata } from '../support/kata/real.ts';
import { conformance } from './suite.ts';

/**
 * If Docker has no Kata here: uses the stand-in for its shim, which runs the container in gVisor (test/support/kata).
 */
const isStandIn = !(await realKata());

conformance(
  {
    runtime: 'kata',
    engine: 'docker',
    boundary: 'vm',
    networkForm: 'bridge',
    user: 'root',
  },
  // Probes of limits end gVisor, which stands for the machine.
  isStandIn ? { whole: 'all, with the probes of the network' } : {},
);
