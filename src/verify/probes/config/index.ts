import type { Probe } from '../probe.ts';
import { AGENTS, BUILDS, EDITORS } from './tool-files.ts';
import { CLASSES, DISGUISES } from './disguises.ts';

/** Files that the user's own tools obey: `apply` leaves each in the bottle unless the user agrees to it separately. */
export const CONFIG: readonly Probe[] = [...AGENTS, ...EDITORS, ...BUILDS, ...CLASSES, ...DISGUISES];
