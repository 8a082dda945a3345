import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { namesIn, type Needle } from './needles.ts';

/** Reads the memory of processes of this host as root, from outside: see proc(5), `/proc/PID/mem`. */

const CHUNK_BYTES = 16 * 1024 ** 2;
/** No needle is longer. */
const OVERLAP_BYTES = 4096;

/** Returns the needles in the memory of a process; none if it has ended. */
export function namesInMemory(pid: number, needles: readonly Needle[]): string[] {
  const found = new Set<string>();
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/mem`, 'r');
  } catch {
    return [];
  }
  const buffer = Buffer.alloc(CHUNK_BYTES);
  try {
    for (const { from, to } of residentRanges(pid)) {
      for (let at = from; at < to; at += CHUNK_BYTES - OVERLAP_BYTES) {
        const bytes = readAt(fd, buffer, { at, length: Math.min(CHUNK_BYTES, to - at) });
        for (const name of namesIn(bytes, needles)) found.add(name);
      }
    }
  } finally {
    closeSync(fd);
  }
  return [...found];
}

interface Span {
  readonly at: number;
  readonly length: number;
}

function readAt(fd: number, buffer: Buffer, { at, length }: Span): Buffer {
  let count = 0;
  try {
    for (let more = 1; more > 0 && count < length; count += more)
      more = readSync(fd, buffer, count, length - count, at + count);
  } catch {
    // unmapped meanwhile, or a device's memory
  }
  return buffer.subarray(0, count);
}

/** The readable ranges that were ever touched, in memory or in swap. */
function residentRanges(pid: number): { readonly from: number; readonly to: number }[] {
  const maps = smapsOf(pid).split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return maps.flatMap((map) => {
    const [, from = '', to = '', rights = ''] = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(map) ?? [];
    const touchedKib = [...map.matchAll(/^(?:Rss|Swap): +(\d+) kB/gm)].reduce(
      (sum, [, kib]) => sum + Number(kib),
      0,
    );
    // Longer addresses are the kernel's own page, which a number cannot hold.
    const isOwn = from.length <= 12;
    return isOwn && rights.startsWith('r') && touchedKib > 0
      ? [{ from: Number.parseInt(from, 16), to: Number.parseInt(to, 16) }]
      : [];
  });
}

function smapsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/smaps`, 'utf8');
  } catch {
    return '';
  }
}
