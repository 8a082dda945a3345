/** Makes manifests for the cases, as JSON, which is YAML. */

export interface ManifestParts {
  /** Added to the bottle: resources, env, workspace. */
  readonly bottle?: Readonly<Record<string, unknown>>;
  readonly allow?: readonly Readonly<Record<string, unknown>>[];
  readonly deny?: readonly Readonly<Record<string, unknown>>[];
}

/** Returns a manifest of one bottle with one agent, which is a shell. */
export function manifestOf(
  agent: string,
  { bottle = {}, allow = [], deny = [] }: ManifestParts = {},
): string {
  return JSON.stringify({
    bottles: { test: { ...bottle, egress: { allow, deny } } },
    agents: { [agent]: { bottle: 'test', agent: 'shell' } },
  });
}
