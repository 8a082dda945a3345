import { conformance, NETWORK_GROUPS } from './suite.ts';

conformance(
  {
    runtime: 'runc',
    engine: 'podman',
    boundary: 'shared-kernel',
    networkForm: 'bridge',
    user: 'root',
  },
  NETWORK_GROUPS,
);
