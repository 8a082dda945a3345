import { conformance } from './suite.ts';

conformance({
  runtime: 'crun',
  engine: 'docker',
  boundary: 'shared-kernel',
  networkForm: 'bridge',
  user: 'root',
});
