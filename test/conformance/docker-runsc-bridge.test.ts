import { conformance } from './suite.ts';

conformance({
  runtime: 'runsc',
  engine: 'docker',
  boundary: 'user-kernel',
  networkForm: 'bridge',
  user: 'root',
});
