import type { Probe } from '../probe.ts';
import { BROUGHT } from './brought.ts';
import { COMMANDS } from './commands.ts';
import { DRIVERS } from './drivers.ts';
import { ELSEWHERE } from './elsewhere.ts';
import { HOOKS } from './hooks.ts';

/** Repositories of an agent's making, on which the host's own `diff` and `apply` work, and git afterwards in the project. */
export const GIT: readonly Probe[] = [...HOOKS, ...DRIVERS, ...COMMANDS, ...ELSEWHERE, ...BROUGHT];
