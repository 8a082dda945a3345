import type { Probe } from '../probe.ts';
import { BROUGHT, ELSEWHERE } from './elsewhere.ts';
import { COMMANDS, DRIVERS, HOOKS } from './run-programs.ts';

/** Repositories that an agent prepared: the host's `diff` and `apply` work on them, and later git in the project. */
export const GIT: readonly Probe[] = [...HOOKS, ...DRIVERS, ...COMMANDS, ...ELSEWHERE, ...BROUGHT];
