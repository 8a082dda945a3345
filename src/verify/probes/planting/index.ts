import type { Probe } from '../probe.ts';
import { PLANTS } from './plants.ts';
import { RUNTIMES } from './runtime.ts';
import { SOCKETS } from './sockets.ts';
import { TOLD } from './told.ts';

/** What could be planted on the host, talked to, or found out of it. */
export const PLANTING: readonly Probe[] = [...PLANTS, ...RUNTIMES, ...SOCKETS, ...TOLD];
