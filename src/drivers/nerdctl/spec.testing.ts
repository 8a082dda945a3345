import { GUEST, type BottleSpec } from '../driver.ts';
import { KATA_BY_NERDCTL } from './rung.ts';

/** A bottle for tests of plans. */
export const SPEC: BottleSpec = {
  id: 'fixer-1',
  rung: KATA_BY_NERDCTL,
  networkForm: 'joined',
  image: { kind: 'default' },
  resources: { cpus: 1.5, memoryBytes: 4 * 1024 ** 3, pids: 1024, diskBytes: 10 * 1024 ** 3 },
  env: { TOKEN: 'value-of-token' },
  argv: ['claude', '--print'],
  cwd: GUEST.workspace,
  tty: false,
  mounts: [
    { hostPath: '/state/work', guestPath: '/work', readOnly: false },
    { hostPath: '/state/run/etc', guestPath: '/etc/bot-bottle', readOnly: true },
  ],
  runDir: '/state/run',
};
