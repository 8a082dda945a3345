import { GUEST, type BottleSpec } from '../driver.ts';
import { APPLE } from './driver.ts';

/** A bottle for tests of plans. */
export const SPEC: BottleSpec = {
  id: 'fixer-1',
  rung: APPLE,
  networkForm: 'sockets',
  image: { kind: 'default' },
  resources: { cpus: 2, memoryBytes: 4 * 1024 ** 3, pids: 1024, diskBytes: 10 * 1024 ** 3 },
  env: { TOKEN: 'value-of-token' },
  argv: ['claude', '--print'],
  cwd: GUEST.workspace,
  tty: false,
  mounts: [
    { hostPath: '/state/work', guestPath: '/work', readOnly: false },
    { hostPath: '/state/run/etc', guestPath: '/etc/bot-bottle', readOnly: true },
    {
      hostPath: '/state/run/etc/ca-certificates.pem',
      guestPath: '/etc/ssl/certs/ca-certificates.crt',
      readOnly: true,
    },
    { hostPath: '/state/run/keys/s', guestPath: '/ssh/agent', readOnly: true, isSocket: true },
  ],
  runDir: '/state/run',
};
