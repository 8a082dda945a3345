import { NO_CORE_DUMP_BYTES } from '../../host/process/core-dumps.ts';
import { MOST_OPEN_FILES } from '../../host/process/open-files.ts';
import type { BottleSpec } from '../driver.ts';
import { chooseCpus } from '../sandbox/cpus.ts';
import type { GroupLimits } from './group/plan.ts';
import type { HostFacts } from '../sandbox/facts.ts';

/** What holds a machine's use of its host: the size it is made with, and resource limits of all that is around it. */
export interface MachineLimits {
  readonly cpus: number;
  readonly memoryMib: number;
  /** Before bubblewrap: `taskset`. */
  readonly outside: readonly string[];
  /** Before the sandbox's first program: `prlimit`. */
  readonly inside: readonly string[];
  /** The lines of /proc/PID/limits that must be there, soft and hard limit alike. */
  readonly expected: Readonly<Record<string, number>>;
  /** The CPUs that it may run on. */
  readonly allowedCpus: readonly number[];
  readonly evidence: Readonly<Record<string, string>>;
}

const MIB = 1024 ** 2;
/** Of the VMM besides the machine's memory: its code for the emulated processor, its threads' stacks. */
const VMM_BYTES = 1024 * MIB;
/** Threads of the VMM, and two processes for each program that is run in the machine. */
const MOST_PROCESSES = 512;

/** Of all that is around a machine, together. Pure. */
export const sumOf = ({ memoryBytes }: Pick<BottleSpec['resources'], 'memoryBytes'>): GroupLimits => ({
  memoryBytes: memoryBytes + VMM_BYTES,
  pids: MOST_PROCESSES,
});

/** What its limits follow from, besides its resources. */
export interface Bounding extends Pick<HostFacts, 'cpus' | 'hardLimits'> {
  /** The sizes of files that the sandbox may write to, in bytes: disks, and what is brought out. */
  readonly fileBytes: readonly number[];
}

/** Pure. */
export function machineLimits(
  { id, resources }: Pick<BottleSpec, 'id' | 'resources'>,
  { cpus: allowedCpus, hardLimits, fileBytes }: Bounding,
): MachineLimits {
  const chosen = chooseCpus(allowedCpus, resources.cpus, id);
  const flags = {
    nproc: Math.min(MOST_PROCESSES, hardLimits.processes),
    nofile: Math.min(MOST_OPEN_FILES, hardLimits.openFiles),
    data: resources.memoryBytes + VMM_BYTES,
    // Memory that is a file counts as one, too.
    fsize: Math.max(resources.memoryBytes + VMM_BYTES, resources.diskBytes, ...fileBytes),
    core: NO_CORE_DUMP_BYTES,
  };
  return {
    cpus: chosen.length,
    memoryMib: Math.floor(resources.memoryBytes / MIB),
    // All of them too: whoever joins a control group of version 2 may run on all that the group has.
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
