import type { AgentDefinition } from './definition.ts';

/** The fields by which a manifest describes an agent of its own. */
export interface CustomFields {
  readonly command: readonly string[];
  readonly headless: readonly string[] | undefined;
  readonly install: string | undefined;
  readonly hosts: readonly string[];
  readonly skillsPath: string | undefined;
  readonly promptPath: string | undefined;
}

/** An agent from a manifest, as those that come with bot-bottle are. */
export function customAgent(name: string, fields: CustomFields): AgentDefinition {
  return {
    name,
    program:
      fields.install === undefined ? { kind: 'present' } : { kind: 'command', command: fields.install },
    interactive: fields.command,
    // A command that needs no terminal needs no second form either.
    headless: fields.headless ?? fields.command,
    hosts: fields.hosts,
    skillsPath: atHome(fields.skillsPath ?? '~/skills'),
    promptPath: fields.promptPath === undefined ? undefined : atHome(fields.promptPath),
    env: {},
    credentials: [],
  };
}

/** A path as people write it: `~/` is the agent's home. */
const atHome = (path: string): string => path.replace(/^~(?=\/)/, '/home/agent');
