import type { Probe } from '../probe.ts';
import { AGENTS, BUILDS, EDITORS } from './tool-files.ts';
import { CLASSES, DISGUISES } from './disguises.ts';

/** Files that the user's own tools obey: `apply` leaves them in the bottle where nobody agreed to them by themselves. */
export const CONFIG: readonly Probe[] = [...AGENTS, ...EDITORS, ...BUILDS, ...CLASSES, ...DISGUISES];
