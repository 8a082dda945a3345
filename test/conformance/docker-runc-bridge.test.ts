import { conformance } from './suite.ts';

conformance({
  runtime: 'runc',
  engine: 'docker',
  boundary: 'shared-kernel',
  networkForm: 'bridge',
  user: 'root',
});
