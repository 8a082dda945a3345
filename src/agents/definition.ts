/** An agent as data: how to install its program, how to run it, and what it needs. No logic. */
export interface AgentDefinition {
  readonly name: string;
  readonly program: AgentProgram;
  /**
   * The command with a terminal, and with a prompt if the user also gives arguments. An argument `{prompt}` is replaced
   * by the prompt, or omitted without one; the argument before it stays. Without `{prompt}`, a prompt reaches the agent
   * only by `promptPath`.
   */
  readonly interactive: readonly string[];
  /** The command without a user; `{prompt}` as above. Undefined: the agent has no such mode. */
  readonly headless: readonly string[] | undefined;
  /**
   * Hosts that the agent requires. bot-bottle warns if the bottle does not allow them, and never allows them itself.
   */
  readonly hosts: readonly string[];
  /** The guest folder where the agent looks for skills. */
  readonly skillsPath: string;
  /** The guest file from which the agent reads its instructions, if it does not accept them as an argument. */
  readonly promptPath: string | undefined;
  /** A JSON file with the key, for agents that ask the user to log in even if a variable holds it. */
  readonly keyFile?: { readonly guestPath: string; readonly variable: string };
  readonly env: Readonly<Record<string, string>>;
  /** Variables that can hold the agent's credential. bot-bottle warns if the bottle has none of them. */
  readonly credentials: readonly string[];
}

export type AgentProgram =
  /** Part of every bottle. */
  | { readonly kind: 'present' }
  /** npm installs it once per version, in a separate bottle; it is mounted read-only. */
  | NpmProgram
  /** A shell command that the bottle runs before the agent; custom agents only (docs/adr/0004). */
  | { readonly kind: 'command'; readonly command: string };

export interface NpmProgram {
  readonly kind: 'npm';
  readonly package: string;
  /** An exact version. */
  readonly version: string;
  /**
   * The package's own installation script, relative to node_modules, to run with Node. Whether npm runs it depends on
   * the host's configuration; bot-bottle always runs it, inside the bottle.
   */
  readonly afterInstall: string | undefined;
}

/** The fields with which a manifest describes a custom agent. */
interface CustomFields {
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
