import { readKernelFile } from '../system/kernel-file.ts';

/** Whether this host has swap, according to the text of /proc/swaps; true if that cannot be read. */
export const hasSwap = (text = readKernelFile('/proc/swaps')): boolean =>
  text === undefined || text.trim().split('\n').length > 1;
