import { conformance } from './suite.ts';

conformance({
  runtime: 'bubblewrap',
  engine: 'bubblewrap',
  boundary: 'shared-kernel',
  networkForm: 'joined',
  user: 'root',
});
