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
  isStandIn ? 'its maker and network' : 'all',
  // Memory's end, and probes of limits, end gVisor, which stands for a machine.
  isStandIn ? 'all but limits, with the probes of the network' : 'all',
);
