import { conformance } from './suite.ts';

conformance({
  runtime: 'runc',
  engine: 'podman',
  boundary: 'shared-kernel',
  networkForm: 'joined',
  user: 'root',
  deviations: {
    'no user namespace can be made, where it would be one of the host’s kernel':
      'Podman’s default seccomp profile, unlike Docker’s, lets every program make one',
  },
});
