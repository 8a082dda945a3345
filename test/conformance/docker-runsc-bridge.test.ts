import { conformance, NETWORK_GROUPS } from './suite.ts';

conformance(
  {
    runtime: 'runsc',
    engine: 'docker',
    boundary: 'user-kernel',
    networkForm: 'bridge',
    user: 'root',
  },
  NETWORK_GROUPS,
);
