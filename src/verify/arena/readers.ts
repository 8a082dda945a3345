import type { BottleRecord } from '../../bottle/state/record.ts';
import { readKernelFile } from '../../host/system/kernel-file.ts';
import { findProcessesOf } from '../../host/processes.ts';

/**
 * What reads outside of a bottle what its programs print: who looks after the bottle, its launcher or keeper; all that carries
 * the bottle's name; and who started its programs, as the monitor that an engine has for each container. Neither the engine
 * nor this process is counted, which work for other bottles too: of this one, it is what it keeps (attack-as.ts).
 */

/** The greatest growth of the memory of any of them, in bytes, since this was made. */
export interface Readers {
  /** `members`: the processes that are in the bottle. */
  growthBytes(members: readonly string[]): number;
}

/** To find them is to look at all of the host's processes: once in so many times. */
const LOOKS_APART = 10;

/** Begins. What comes later counts with all that it has. */
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

/** No process, or the host's first: who lost its parent is its child. */
const isNobody = (pid: string): boolean => ['', '0', '1', String(process.pid)].includes(pid);

const parentOf = (pid: string): string => fieldOf(pid, /^PPid:\s+(\d+)/m) ?? '';

/** What it has of the machine's memory; of one that has ended: none. */
const memoryBytesOf = (pid: string): number => Number(fieldOf(pid, /^VmRSS:\s+(\d+) kB/m) ?? 0) * 1024;

const fieldOf = (pid: string, pattern: RegExp): string | undefined =>
  pattern.exec(readKernelFile(`/proc/${pid}/status`) ?? '')?.[1];
