import type { Probe } from '../probe.ts';
import { BROUGHT, ELSEWHERE } from './elsewhere.ts';
import { COMMANDS, DRIVERS, HOOKS } from './run-programs.ts';

/** Repositories of an agent's making, on which the host's own `diff` and `apply` work, and git afterwards in the project. */
export const GIT: readonly Probe[] = [...HOOKS, ...DRIVERS, ...COMMANDS, ...ELSEWHERE, ...BROUGHT];
