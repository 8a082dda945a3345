import { conformance } from './suite.ts';

/**
 * Without Firecracker on this host: uses a stand-in, which runs the same machine in QEMU (test/support/firecracker).
 */
conformance({
  runtime: 'firecracker',
  engine: 'firecracker',
  boundary: 'vm',
  networkForm: 'joined',
  user: 'root',
});
