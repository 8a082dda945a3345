import type { AgentDefinition } from './definition.ts';

/** A shell for a user who explores the bottle, or, with arguments, any command. */
export const shell: AgentDefinition = {
  name: 'shell',
  program: { kind: 'present' },
  interactive: ['/bin/sh', '-i'],
  headless: undefined,
  hosts: [],
  skillsPath: '/home/agent/skills',
  promptPath: undefined,
  env: {},
  credentials: [],
};
