import { BottleError } from '../../errors.ts';
import { readKernelFile } from '../system/kernel-file.ts';
import { runOrThrow } from '../run.ts';
import { runNow } from '../run-now.ts';

/** Prevents core dumps of a process that holds secrets: neither a file nor a handler of the host gets its memory. */

/** RLIMIT_CORE, in bytes: too small for a file, and if core_pattern is a pipe, the kernel reads 1 as "no handler". */
export const NO_CORE_DUMP_BYTES = 1;

/**
 * Forbids core dumps of this process and of all processes that it starts from now on.
 * @throws BottleError `dependencyMissing` if the host does not allow this
 */
export async function forbidCoreDumps(): Promise<void> {
  const limits = (): string | undefined => readKernelFile('/proc/self/limits');
  const before = limits();
  if (before === undefined) return expectNoCore(runNow('sh', ['-c', 'ulimit -S -c']).stdout);
  if (leavesNoCore(before)) return;
  const limit = `--core=${NO_CORE_DUMP_BYTES}:${NO_CORE_DUMP_BYTES}`;
  await runOrThrow('prlimit', [limit, '--pid', String(process.pid)]);
  if (leavesNoCore(limits() ?? '')) return;
  throw new BottleError('dependencyMissing', 'the kernel does not limit the core dumps of this process', {
    fix: 'see: prlimit --core',
  });
}

/**
 * For hosts such as macOS, where the limits of a running process cannot be changed: checks the inherited limit, which
 * is 0 unless the user changed it: launchctl(1), `limit`.
 * @throws BottleError `dependencyMissing` if it is not 0
 */
export function expectNoCore(said: string): void {
  if (said.trim() === '0') return;
  throw new BottleError('dependencyMissing', 'this process would leave its memory on disk if it crashed', {
    details: [`ulimit -S -c: ${said.trim() || 'it does not say'}`],
    fix: 'ulimit -S -c 0, and start again',
  });
}

/**
 * Pure. `limits`: text of /proc/PID/limits. The host sets a hard limit of 0, which an ordinary user cannot raise to 1.
 */
export function leavesNoCore(limits: string): boolean {
  const [, soft, hard] = /^Max core file size +(\S+) +(\S+)/m.exec(limits) ?? [];
  return hard === '0' || [soft, hard].every((limit) => limit === String(NO_CORE_DUMP_BYTES));
}
