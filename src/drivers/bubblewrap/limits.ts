import { NO_CORE_DUMP_BYTES } from '../../host/process/core-dumps.ts';
import { MOST_OPEN_FILES } from '../../host/process/open-files.ts';
import type { BottleSpec } from '../driver.ts';
import { chooseCpus } from '../sandbox/cpus.ts';
import type { HostFacts } from '../sandbox/facts.ts';

/**
 * What holds an agent's use of the machine where an ordinary user has no control groups: resource limits of the kernel
 * (setrlimit(2)) and the set of CPUs. What they do not hold is said in README.md, and in `evidence`.
 */
export interface Limits {
  /** Before bubblewrap: `taskset`. */
  readonly outside: readonly string[];
  /** Before the bottle's first program: `prlimit`. Inside, as the kernel counts processes per user namespace. */
  readonly inside: readonly string[];
  /** The lines of /proc/PID/limits that must be there, soft and hard limit alike. */
  readonly expected: Readonly<Record<string, number>>;
  /** The CPUs that the bottle may run on. */
  readonly cpus: readonly number[];
  readonly evidence: Readonly<Record<string, string>>;
}

/** Pure. */
export function limitsFor({ id, resources }: Pick<BottleSpec, 'id' | 'resources'>, facts: HostFacts): Limits {
  const processes = Math.min(resources.pids, facts.hardLimits.processes);
  const openFiles = Math.min(MOST_OPEN_FILES, facts.hardLimits.openFiles);
  const cpus = chooseCpus(facts.cpus, resources.cpus, id);
  const flags = {
    nproc: processes,
    nofile: openFiles,
    // Private memory that can be written to. Not the address space: V8 and JavaScriptCore reserve far more than they use.
    data: resources.memoryBytes,
    // No crash of an agent's may run the host's core handler, which is root's: for a pipe the kernel takes 1 as "none".
    core: NO_CORE_DUMP_BYTES,
  };
  return {
    outside: cpus.length < facts.cpus.length ? ['taskset', '-c', cpus.join(',')] : [],
    inside: [
      '/usr/bin/prlimit',
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}:${value}`),
    ],
    expected: {
      'Max processes': processes,
      'Max open files': openFiles,
      'Max data size': resources.memoryBytes,
      'Max core file size': NO_CORE_DUMP_BYTES,
    },
    cpus,
    evidence: {
      pids: `${processes} processes and threads (RLIMIT_NPROC in a user namespace of its own)`,
      memory: `${resources.memoryBytes} bytes in each process (RLIMIT_DATA); not limited in total`,
      cpus: `runs on CPU ${cpus.join(',')} only; a fraction of a CPU is rounded up`,
    },
  };
}
