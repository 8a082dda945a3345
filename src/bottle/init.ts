import { existsSync, readdirSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError, errnoOf, reasonOf } from '../errors.ts';
import { diskFault } from '../host/files.ts';
import { shellLine } from '../host/shell-words.ts';
import { MANIFEST_NAME } from '../manifest/find.ts';
import { findProgram } from '../host/system/programs.ts';
import type { PresetName } from '../manifest/schema/rule-schema.ts';
import { PRESETS } from '../manifest/presets/table.ts';

/** A package client that a project's files suggest. */
interface ProposedPreset {
  readonly name: PresetName;
  /** Whether this host has the client, which the preset reads. */
  readonly isInstalled: boolean;
}

/**
 * Returns the presets that these files at the top of a project suggest; npm if they suggest none. The files' contents
 * do not matter: each preset opens the places that this host's client is configured with. Pure.
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
    return `        ${`- preset: ${name}`.padEnd(24)}# wherever ${name} on this host is configured to download from; to read only`;
  return `        ${`# - preset: ${name}`.padEnd(24)}# needs ${program} on this host, which is not there`;
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
    runtime: auto               # the strongest isolation that this host can run
    # min_boundary: user-kernel # refuse to start with less: shared-kernel < user-kernel < vm
    # resources: { cpus: 2, memory: 4g, pids: 1024, disk: 10g }
    workspace: copy             # the agent works on a copy; see \`bot-bottle diff\` and \`apply\`
    # env: { TZ: UTC, BUILD: "\${USER}", TICKET: "?Which ticket" } # text, a variable of this host, a question
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

/** The template and its path; writes nothing. @throws BottleError `wouldLoseWork` if a manifest exists */
export function planTemplate(projectPath: string): { readonly path: string; readonly content: string } {
  const path = join(projectPath, MANIFEST_NAME);
  if (existsSync(path)) throw isThere(path);
  const presets = presetsFor(namesIn(projectPath), (program) => findProgram(program) !== undefined);
  return { path, content: manifestTemplate(presets) };
}

/** A folder that cannot be read has no names; the later write reports the reason. */
function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

const isThere = (path: string): BottleError =>
  new BottleError('wouldLoseWork', `${path} exists already`, { fix: 'edit it, or move it away' });

/** Writes the template into the folder; returns its path. @throws BottleError `wouldLoseWork` if one exists, `usage` */
export async function writeTemplate(projectPath: string): Promise<string> {
  const { path, content } = planTemplate(projectPath);
  await using file = await open(path, 'wx', 0o644).catch((error: unknown) => {
    throw errnoOf(error) === 'EEXIST' ? isThere(path) : notWritten(error, { path, projectPath });
  });
  try {
    await file.writeFile(content);
  } catch (error) {
    // A partial file after a full disk would block the next attempt.
    await rm(path, { force: true }).catch(() => undefined);
    throw notWritten(error, { path, projectPath });
  }
  return path;
}

interface Wanted {
  readonly path: string;
  readonly projectPath: string;
}

function notWritten(error: unknown, { path, projectPath }: Wanted): unknown {
  const fault = diskFault(error);
  if (fault !== error) return fault;
  return new BottleError('usage', `${path} cannot be written: ${reasonOf(error)}`, {
    fix: remedyFor(errnoOf(error), projectPath),
    cause: error,
  });
}

function remedyFor(errno: string | undefined, projectPath: string): string {
  if (errno === 'ENOTDIR') return 'name the project’s folder: that is a file';
  if (errno === 'ENOENT' && !existsSync(projectPath))
    return `make the project’s folder first: ${shellLine(['mkdir', '-p', projectPath])}`;
  return 'name a folder in which you may write';
}
