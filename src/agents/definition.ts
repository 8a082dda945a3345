/** An agent as data: how its program comes into a bottle, how it is called, and what it needs. No logic. */
export interface AgentDefinition {
  readonly name: string;
  readonly program: AgentProgram;
  /** With a terminal. `{prompt}` stands for the prompt; the argument falls away where there is none. */
  readonly interactive: readonly string[];
  /** Without a person: `{prompt}` as above. Undefined: the agent has no such mode. */
  readonly headless: readonly string[] | undefined;
  /** Hosts it cannot work without; said to the user when the bottle does not allow them, never allowed by themselves. */
  readonly hosts: readonly string[];
  /** Where it looks for skills. */
  readonly skillsPath: string;
  /** A file it reads its instructions from, for agents that take none as an argument. */
  readonly promptPath: string | undefined;
  /** For agents that ask a person to log in although a variable holds a key: a file of JSON where they look for it. */
  readonly keyFile?: { readonly guestPath: string; readonly variable: string };
  readonly env: Readonly<Record<string, string>>;
  /** Variables that hold its credential; said to the user when none of them is in the bottle. */
  readonly credentials: readonly string[];
}

export type AgentProgram =
  /** Already in every bottle. */
  | { readonly kind: 'present' }
  /** Installed once per version by npm, in a bottle of its own, and mounted read-only. */
  | NpmProgram
  /** A shell command that the bottle runs before the agent. */
  | { readonly kind: 'command'; readonly command: string };

export interface NpmProgram {
  readonly kind: 'npm';
  readonly package: string;
  /** Exact. */
  readonly version: string;
  /**
   * The package's own installation step, relative to node_modules, run with Node. npm runs it or does not, as the host is
   * configured; here it runs always, inside the bottle.
   */
  readonly afterInstall: string | undefined;
}
