import { conformance } from './suite.ts';

conformance(
  {
    runtime: 'qemu',
    engine: 'qemu',
    boundary: 'vm',
    networkForm: 'joined',
    user: 'root',
  },
  { everyday: 'egress, ways and DNS' },
);
