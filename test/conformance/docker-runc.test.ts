import { conformance } from './suite.ts';

conformance({
  runtime: 'runc',
  engine: 'docker',
  boundary: 'shared-kernel',
  networkForm: 'joined',
  user: 'root',
});
