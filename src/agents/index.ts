import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { demo } from './demo.ts';
import type { AgentDefinition } from './definition.ts';
import { shell } from './shell.ts';

/** The agents that ship with bot-bottle. To add one, add a file in this folder and a line here. */
export const AGENTS: Readonly<Record<string, AgentDefinition>> = { claude, codex, shell, demo };
