import type { Probe } from '../probe.ts';
import { METHODS } from './methods.ts';
import { PATHS } from './paths.ts';

/** All probes on a host of which a rule allows one method and one folder. */
export const RULE_LIMITS: readonly Probe[] = [...PATHS, ...METHODS];
