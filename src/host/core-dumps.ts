import { readFileSync } from 'node:fs';
import { BottleError } from '../errors.ts';
import { runOrThrow } from './run.ts';

/** Who holds secrets leaves no image of its memory behind when it crashes: neither a file, nor to a handler of the host's. */

/** RLIMIT_CORE, in bytes: no file is so small, and where core_pattern is a pipe, the kernel takes exactly 1 as "no handler". */
export const NO_CORE_DUMP_BYTES = 1;

/**
 * For this process, and for all that it starts from now on.
 * @throws BottleError `dependencyMissing` when it cannot be had
 */
export async function forbidCoreDumps(): Promise<void> {
  if (leavesNoCore(readFileSync('/proc/self/limits', 'utf8'))) return;
  const limit = `--core=${NO_CORE_DUMP_BYTES}:${NO_CORE_DUMP_BYTES}`;
  await runOrThrow('prlimit', [limit, '--pid', String(process.pid)]);
  if (leavesNoCore(readFileSync('/proc/self/limits', 'utf8'))) return;
  throw new BottleError('dependencyMissing', 'the kernel does not limit the core dumps of this process', {
    fix: 'see: prlimit --core',
  });
}

/** Pure. `limits`: the text of /proc/PID/limits. A hard limit of 0 was the host's own: no ordinary user gets from there to 1. */
export function leavesNoCore(limits: string): boolean {
  const [, soft, hard] = /^Max core file size +(\S+) +(\S+)/m.exec(limits) ?? [];
  return hard === '0' || [soft, hard].every((limit) => limit === String(NO_CORE_DUMP_BYTES));
}
