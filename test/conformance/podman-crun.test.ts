import { conformance } from './suite.ts';

conformance(
  {
    runtime: 'crun',
    engine: 'podman',
    boundary: 'shared-kernel',
    networkForm: 'holder',
    user: 'root',
  },
  { everyday: 'egress, ways and DNS' },
);
