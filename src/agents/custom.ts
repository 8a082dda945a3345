import type { AgentDefinition } from './definition.ts';

/** The fields with which a manifest describes a custom agent. */
export interface CustomFields {
  readonly command: readonly string[];
  readonly headless: readonly string[] | undefined;
  readonly install: string | undefined;
  readonly hosts: readonly string[];
  readonly skillsPath: string | undefined;
  readonly promptPath: string | undefined;
}

/** Returns the definition of a manifest's agent, in the form of the agents that ship with bot-bottle. */
export function customAgent(name: string, fields: CustomFields): AgentDefinition {
  return {
    name,
    program:
      fields.install === undefined ? { kind: 'present' } : { kind: 'command', command: fields.install },
    interactive: fields.command,
    // Without `headless`, the command serves both modes.
    headless: fields.headless ?? fields.command,
    hosts: fields.hosts,
    skillsPath: atHome(fields.skillsPath ?? '~/skills'),
    promptPath: fields.promptPath === undefined ? undefined : atHome(fields.promptPath),
    env: {},
    credentials: [],
  };
}

/** Expands `~/` to the agent's home. */
const atHome = (path: string): string => path.replace(/^~(?=\/)/, '/home/agent');
