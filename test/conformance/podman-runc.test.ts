import { conformance } from './suite.ts';

conformance({
  runtime: 'runc',
  engine: 'podman',
  boundary: 'shared-kernel',
  networkForm: 'joined',
  user: 'root',
});
