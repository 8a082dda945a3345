import type { Probe } from '../probe.ts';
import { METHODS } from './methods.ts';
import { PATHS } from './paths.ts';

/** A host of which one method and one folder are allowed: whatever else is asked of it. */
export const RULE_LIMITS: readonly Probe[] = [...PATHS, ...METHODS];
