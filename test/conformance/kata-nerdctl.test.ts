import { hasRealNerdctl } from '../support/nerdctl/real.ts';
import { conformance } from './suite.ts';

/**
 * Where this host has neither nerdctl nor Kata, on the stand-ins of both (test/support/nerdctl, test/support/kata): a containerd that is
 * real, and gVisor for a machine.
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
  // Using up memory, and probes of limits, end gVisor, which stands for a machine.
  isStandIn ? { whole: 'all but limits, with the probes of the network' } : {},
);
