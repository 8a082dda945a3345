import { conformance } from './suite.ts';

conformance({
  runtime: 'runsc',
  engine: 'podman',
  boundary: 'user-kernel',
  networkForm: 'holder',
  user: 'root',
});
