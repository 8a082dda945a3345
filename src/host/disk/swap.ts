import { readKernelFile } from '../system/kernel-file.ts';

/** Whether this host has swap, by the text of /proc/swaps; one that cannot be read is taken for one that has. */
export const hasSwap = (text = readKernelFile('/proc/swaps')): boolean =>
  text === undefined || text.trim().split('\n').length > 1;
