import { conformance } from './suite.ts';

/** Where Docker here has no Kata, on the stand-in for its shim, which has gVisor run the container (test/support/kata). */
conformance({
  runtime: 'kata',
  engine: 'docker',
  boundary: 'vm',
  networkForm: 'bridge',
  user: 'root',
});
