import { conformance } from './suite.ts';

conformance({
  runtime: 'runc',
  engine: 'podman',
  boundary: 'shared-kernel',
  networkForm: 'holder',
  user: 'root',
  deviations: {
    'a program that is not there is said in words, and nothing is left':
      'catatonit, Podman’s first process in a container, ends with 1 and does not name the program',
    'no user namespace can be made, where it would be one of the host’s kernel':
      'Podman’s default seccomp profile, unlike Docker’s, lets every program make one',
  },
});
