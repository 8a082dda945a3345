import { conformance } from './suite.ts';

/** Where this host has no Firecracker: on a stand-in, which has QEMU run the same machine (test/support/firecracker). */
conformance({
  runtime: 'firecracker',
  engine: 'firecracker',
  boundary: 'vm',
  networkForm: 'joined',
  user: 'root',
});
