import type { Probe } from '../probe.ts';
import { BY_PATH } from './by-path.ts';
import { READ_BY_WAYS } from './read-by-ways.ts';
import { WRITE_BY_WAYS } from './write-by-ways.ts';

/** All probes on files of the host, and one on a process. */
export const FILES: readonly Probe[] = [...BY_PATH, ...READ_BY_WAYS, ...WRITE_BY_WAYS];
