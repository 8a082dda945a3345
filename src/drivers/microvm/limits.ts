import { NO_CORE_DUMP_BYTES } from '../../host/process/core-dumps.ts';
import { MOST_OPEN_FILES } from '../../host/process/process-limits.ts';
import type { BottleSpec } from '../driver.ts';
import { chooseCpus } from '../sandbox/cpus.ts';
import type { GroupLimits } from './group/plan.ts';
import type { HostFacts } from '../sandbox/facts.ts';

/** Bounds a machine's use of its host: the machine's size, and resource limits for all processes around the machine. */
export interface MachineLimits {
  readonly cpus: number;
  readonly memoryMib: number;
  /** Command prefix before bubblewrap: `taskset`. */
  readonly outside: readonly string[];
  /** Command prefix before the sandbox's first program: `prlimit`. */
  readonly inside: readonly string[];
  /** The lines that /proc/PID/limits must contain. Soft and hard limit are equal. */
  readonly expected: Readonly<Record<string, number>>;
  /** The CPUs that the machine may run on. */
  readonly allowedCpus: readonly number[];
  readonly evidence: Readonly<Record<string, string>>;
}

const MIB = 1024 ** 2;
/** Memory of the VMM besides the machine's: translated code of an emulated processor, and thread stacks. */
const VMM_BYTES = 1024 * MIB;
/** Counts the VMM's threads, and two processes for each program that runs in the machine. */
const MOST_PROCESSES = 512;

/** Limits for all processes around a machine together. Pure. */
export const sumOf = ({ memoryBytes }: Pick<BottleSpec['resources'], 'memoryBytes'>): GroupLimits => ({
  memoryBytes: memoryBytes + VMM_BYTES,
  pids: MOST_PROCESSES,
});

/** Inputs of a machine's limits, besides its resources. */
export interface Bounding extends Pick<HostFacts, 'cpus' | 'hardLimits'> {
  /** Sizes in bytes of the files that the sandbox may write to: disks, and the tars that are brought out. */
  readonly fileBytes: readonly number[];
}

/** Computes the size and the limits of a machine. Pure. */
export function machineLimits(
  { id, resources }: Pick<BottleSpec, 'id' | 'resources'>,
  { cpus: allowedCpus, hardLimits, fileBytes }: Bounding,
): MachineLimits {
  const chosen = chooseCpus(allowedCpus, resources.cpus, id);
  const flags = {
    nproc: Math.min(MOST_PROCESSES, hardLimits.processes),
    nofile: Math.min(MOST_OPEN_FILES, hardLimits.openFiles),
    data: resources.memoryBytes + VMM_BYTES,
    // RLIMIT_FSIZE also bounds memory that is backed by a file.
    fsize: Math.max(resources.memoryBytes + VMM_BYTES, resources.diskBytes, ...fileBytes),
    core: NO_CORE_DUMP_BYTES,
  };
  return {
    cpus: chosen.length,
    memoryMib: Math.floor(resources.memoryBytes / MIB),
    // Lists all CPUs too: a process that joins a version 2 control group may run on every CPU of the group.
    outside: ['taskset', '-c', chosen.join(',')],
    inside: [
      '/usr/bin/prlimit',
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}:${value}`),
    ],
    expected: {
      'Max processes': flags.nproc,
      'Max open files': flags.nofile,
      'Max data size': flags.data,
      'Max file size': flags.fsize,
      'Max core file size': flags.core,
    },
    allowedCpus: chosen,
    evidence: {
      pids: `${resources.pids} processes and threads of the agent's user in the machine (RLIMIT_NPROC)`,
      memory: `${Math.floor(resources.memoryBytes / MIB)} MiB in the machine, all together`,
      cpus: `${chosen.length} in the machine, run on CPU ${chosen.join(',')}; a fraction of a CPU is rounded up`,
      disk: `${resources.diskBytes} bytes for all that is written, all together, but to mounted folders, which have a disk of their own`,
    },
  };
}
