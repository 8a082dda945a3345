import { BottleError } from '../../errors.ts';
import { readKernelFile } from './kernel-file.ts';
import { runNow } from '../run-now.ts';

/**
 * A value that changes with every boot of this host: random(4), /proc/sys/kernel/random/boot_id; on macOS
 * `kern.bootsessionuuid` of sysctl(3).
 * @throws BottleError `dependencyMissing` if the host has neither
 */
export async function bootId(): Promise<string> {
  const said =
    readKernelFile('/proc/sys/kernel/random/boot_id') ??
    runNow('sysctl', ['-n', 'kern.bootsessionuuid']).stdout;
  if (/^[0-9a-f-]{36}\s*$/i.test(said)) return said.trim();
  throw new BottleError('dependencyMissing', 'this host does not say which of its boots this is', {
    details: ['neither /proc/sys/kernel/random/boot_id nor sysctl -n kern.bootsessionuuid'],
    fix: 'have /proc mounted; on macOS, see that sysctl is in PATH',
  });
}
