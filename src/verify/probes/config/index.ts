import type { Probe } from '../probe.ts';
import { AGENTS } from './agents.ts';
import { BUILDS } from './builds.ts';
import { CLASSES } from './classes.ts';
import { DISGUISES } from './disguises.ts';
import { EDITORS } from './editors.ts';

/** Files that the user's own tools obey: `apply` leaves them in the bottle where nobody agreed to them by themselves. */
export const CONFIG: readonly Probe[] = [...AGENTS, ...EDITORS, ...BUILDS, ...CLASSES, ...DISGUISES];
