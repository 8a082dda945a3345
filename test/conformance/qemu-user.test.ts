import { conformance } from './suite.ts';

conformance({
  runtime: 'qemu',
  engine: 'qemu',
  boundary: 'vm',
  networkForm: 'joined',
  user: 'ordinary',
});
