import type { BottleRecord } from '../../bottle/state/record.ts';
import { readKernelFile } from '../../host/system/kernel-file.ts';
import { findProcessesOf } from '../../host/processes.ts';

/**
 * The processes outside a bottle that read its output: its owner, which is the launcher or keeper; all processes that
 * carry the bottle's name; and the parents of its programs, such as an engine's monitor of each container. Excludes the
 * engine and this process, which serve other bottles too; attack-as.ts measures what this process keeps of this bottle.
 */

/** Measures the greatest memory growth of any reader, in bytes, since the start. */
export interface Readers {
  /** `members`: the processes in the bottle. */
  growthBytes(members: readonly string[]): number;
}

/** Finding readers scans all processes of the host, so it happens only on every tenth call. */
const LOOKS_APART = 10;

/** Starts to measure. The whole memory of later readers counts as growth. */
export function watchReaders(
  { id, owner }: Pick<BottleRecord, 'id' | 'owner'>,
  members: readonly string[],
): Readers {
  const readersOf = (inside: readonly string[]): ReadonlySet<string> => {
    const marked = [owner, ...findProcessesOf(id)].map(({ pid }) => String(pid));
    const outside = [...marked, ...inside.map(parentOf)];
    return new Set(outside.filter((pid) => !inside.includes(pid) && !isNobody(pid)));
  };
  let readers = readersOf(members);
  const before = new Map([...readers].map((pid) => [pid, memoryBytesOf(pid)]));
  let looks = 0;
  return {
    growthBytes: (inside) => {
      looks += 1;
      if (looks % LOOKS_APART === 0) readers = readersOf(inside);
      return Math.max(...[...readers].map((pid) => memoryBytesOf(pid) - (before.get(pid) ?? 0)));
    },
  };
}

/** Excludes an unknown parent, this process, and the host's first process, which adopts orphans. */
const isNobody = (pid: string): boolean => ['', '0', '1', String(process.pid)].includes(pid);

const parentOf = (pid: string): string => fieldOf(pid, /^PPid:\s+(\d+)/m) ?? '';

/** Returns its resident memory; 0 if it has ended. */
const memoryBytesOf = (pid: string): number => Number(fieldOf(pid, /^VmRSS:\s+(\d+) kB/m) ?? 0) * 1024;

const fieldOf = (pid: string, pattern: RegExp): string | undefined =>
  pattern.exec(readKernelFile(`/proc/${pid}/status`) ?? '')?.[1];
