import type { Probe } from '../probe.ts';
import { PLANTS } from './plants.ts';
import { RUNTIMES } from './runtime.ts';
import { SOCKETS } from './sockets.ts';
import { TOLD } from './told.ts';

/** All probes that plant files on the host, connect to its services, or find out facts about it. */
export const PLANTING: readonly Probe[] = [...PLANTS, ...RUNTIMES, ...SOCKETS, ...TOLD];
