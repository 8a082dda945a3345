import { readFileSync, writeFileSync } from 'node:fs';

/** The resources that a process uses, from proc(5). */

/** Returns the user and system time of all threads in ms: fields 14 and 15 of `stat`, in ticks of 10 ms. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Returns the resident memory in MiB: now (`VmRSS`; `RssAnon`: without files), or its peak (`VmHWM`). */
export function memoryMiBOf(pid: number, when: 'VmRSS' | 'RssAnon' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${when}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

/** Resets `VmHWM`, which then is the peak since this call. */
export function forgetLargest(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
