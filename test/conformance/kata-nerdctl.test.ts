import { hasRealNerdctl } from '../support/nerdctl/real.ts';
import { conformance } from './suite.ts';

/**
 * Without nerdctl and Kata on this host: uses the stand-ins of both (test/support/nerdctl, test/support/kata), which
 * are a real containerd, and gVisor in place of a machine.
 */
const isStandIn = !hasRealNerdctl();

conformance(
  {
    runtime: 'kata',
    engine: 'nerdctl',
    boundary: 'vm',
    networkForm: 'joined',
    user: 'root',
  },
  // Exhausted memory and probes of limits end gVisor, which stands for the machine.
  isStandIn ? { whole: 'all but limits, with the probes of the network' } : {},
);
