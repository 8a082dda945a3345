import { NO_CORE_DUMP_BYTES } from '../../host/process/core-dumps.ts';
import { MOST_OPEN_FILES } from '../../host/process/process-limits.ts';
import type { BottleSpec } from '../driver.ts';
import { chooseCpus } from '../sandbox/cpus.ts';
import type { HostFacts } from '../sandbox/facts.ts';

/**
 * Limits an agent's use of the machine if an ordinary user has no control groups: by resource limits of the kernel
 * (setrlimit(2)) and a set of CPUs. README.md and `evidence` list what these do not limit.
 */
export interface Limits {
  /** The command before bubblewrap: `taskset`. */
  readonly outside: readonly string[];
  /**
   * The command before the bottle's first program: `prlimit`. It runs inside, as the kernel counts processes per user
   * namespace.
   */
  readonly inside: readonly string[];
  /** The required lines of /proc/PID/limits; soft and hard limit are equal. */
  readonly expected: Readonly<Record<string, number>>;
  /** The CPUs that the bottle may run on. */
  readonly cpus: readonly number[];
  readonly evidence: Readonly<Record<string, string>>;
}

/** The limits of a bottle on this host. Pure. */
export function limitsFor({ id, resources }: Pick<BottleSpec, 'id' | 'resources'>, facts: HostFacts): Limits {
  const processes = Math.min(resources.pids, facts.hardLimits.processes);
  const openFiles = Math.min(MOST_OPEN_FILES, facts.hardLimits.openFiles);
  const cpus = chooseCpus(facts.cpus, resources.cpus, id);
  const flags = {
    nproc: processes,
    nofile: openFiles,
    // Writable private memory. Not the address space: V8 and JavaScriptCore reserve far more than they use.
    data: resources.memoryBytes,
    // A crash of the agent must not run the host's core handler, which runs as root: for a pipe the kernel takes 1 as
    // "none".
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
      pids: `${processes} processes and threads (RLIMIT_NPROC in its user namespace)`,
      memory: `${resources.memoryBytes} bytes in each process (RLIMIT_DATA); not limited in total`,
      cpus: `runs on CPU ${cpus.join(',')} only; a fraction of a CPU is rounded up`,
    },
  };
}
