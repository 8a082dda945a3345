import type { PresetName } from './schema/rule-schema.ts';
import { PRESETS } from './presets/table.ts';

/** A package client that a project's files suggest. */
export interface ProposedPreset {
  readonly name: PresetName;
  /** Whether this computer has the client, which the preset reads. */
  readonly isInstalled: boolean;
}

/**
 * Returns the presets that these files at the top of a project suggest; npm if they suggest none. The files' contents
 * do not matter: each preset opens the places that this computer's client is configured with. Pure.
 */
export function presetsFor(
  fileNames: readonly string[],
  hasProgram: (program: string) => boolean,
): readonly ProposedPreset[] {
  const names = (Object.keys(PRESETS) as PresetName[]).filter((name) =>
    PRESETS[name].projectFiles.some((pattern) => fileNames.some((file) => isMeant(file, pattern))),
  );
  return (names.length === 0 ? (['npm'] as const) : names).map((name) => ({
    name,
    isInstalled: hasProgram(PRESETS[name].program),
  }));
}

const isMeant = (file: string, pattern: string): boolean =>
  pattern.startsWith('*') ? file.endsWith(pattern.slice(1)) : file === pattern;

/** npm is never commented out: if it is missing, the error at start explains it best. */
function presetLine({ name, isInstalled }: ProposedPreset): string {
  const { program } = PRESETS[name];
  if (isInstalled || name === 'npm')
    return `        ${`- preset: ${name}`.padEnd(24)}# wherever ${name} on this computer is configured to download from; to read only`;
  return `        ${`# - preset: ${name}`.padEnd(24)}# needs ${program} on this computer, which is not there`;
}

/**
 * Returns the manifest that `bot-bottle init` writes. It starts without changes, and every commented-out line is valid
 * too. Pure.
 */
export const manifestTemplate = (
  presets: readonly ProposedPreset[],
): string => `# What agents may do here. Every key is described in docs/MANIFEST.md; \`bot-bottle schema\` prints a JSON Schema for editors.
# Nothing that is not written here leaves a bottle.

bottles:
  dev:
    runtime: auto               # the strongest isolation that this computer can run
    # min_boundary: user-kernel # refuse to start with less: shared-kernel < user-kernel < vm
    # resources: { cpus: 2, memory: 4g, pids: 1024, disk: 10g }
    workspace: copy             # the agent works on a copy; see \`bot-bottle diff\` and \`apply\`
    # env: { TZ: UTC, BUILD: "\${USER}", TICKET: "?Which ticket" } # text, a variable of this computer, a question
    egress:
      allow:
        - host: api.anthropic.com # what Claude Code talks to; with inject: anthropic it never sees the key
${presets.map(presetLine).join('\n')}
        # - host: "*.example.org" # every subdomain
        # - { github: acme/app }  # clone, pull and read the API of one repository; push: true for more
        # - { host: api.example.com, methods: [GET], paths: ["/v1/**"] }
        # - { host: models.example.com, inject: { bearer: true, secret: "\${MODELS_KEY}" } } # the agent never sees it
        # - { host: git.corp.example, port: 8080, scheme: http, addresses: [10.1.2.3] } # a private address
      # deny:
      #   - host: telemetry.example.org
    # skills: [review]

  # offline:
  #   extends: dev
  #   egress: { allow: [] }

agents:
  claude: { bottle: dev, agent: claude }
  shell: { bottle: dev, agent: shell } # \`bot-bottle start shell -- npm install\`, or without a command a shell
`;
