import { realKata } from '../support/kata/real.ts';
import { conformance } from './suite.ts';

/** Where Docker here has no Kata, on the stand-in for its shim, which has gVisor run the container (test/support/kata). */
const isStandIn = !(await realKata());

conformance(
  {
    runtime: 'kata',
    engine: 'docker',
    boundary: 'vm',
    networkForm: 'bridge',
    user: 'root',
  },
  // Probes of limits end gVisor, which stands for a machine.
  isStandIn ? { whole: 'all, with the probes of the network' } : {},
);
