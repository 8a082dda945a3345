import { readFileSync, writeFileSync } from 'node:fs';

/** What a process takes of the machine, from proc(5). */

/** User and system time of all its threads in ms: fields 14 and 15 of `stat`, in ticks of 10 ms. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory in MiB: now (`VmRSS`; `RssAnon`: without files), or at its largest (`VmHWM`). */
export function memoryMiBOf(pid: number, when: 'VmRSS' | 'RssAnon' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${when}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

/** From now on `VmHWM` is the largest since now. */
export function forgetLargest(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
