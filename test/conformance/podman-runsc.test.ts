import { conformance } from './suite.ts';

conformance({
  runtime: 'runsc',
  engine: 'podman',
  boundary: 'user-kernel',
  networkForm: 'holder',
  user: 'root',
  deviations: {
    'a program that is not there is said in words, and nothing is left':
      'catatonit, Podman’s first process in a container, ends with 1 and does not name the program',
  },
});
