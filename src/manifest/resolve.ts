import { dirname, join } from 'node:path';
import type { AgentName } from '../contracts/agent-names.ts';
import { atHome } from './injection.ts';
import type { FileBeside } from './text/read-beside.ts';
import type { Draft, EnvEntry } from './draft.ts';
import { refuseExposedSecrets } from './exposed-secrets.ts';
import type { Bottle } from './load.ts';
import type { Origin } from './text/read.ts';
import { manifestError, positionOf, type Problem } from './text/report.ts';
import { resolveRules, type ResolvedRule, type RuleSupplies } from './rules.ts';
import type { ImageInput, SshInput } from './schema/schema.ts';
import type { EnvValue } from './schema/env-values.ts';
import type { Settings, SettingValues, Written } from './extends/settings.ts';

/** Values of this host for a draft, already read: resolving has no side effects. */
export interface Supplies extends RuleSupplies {
  readonly hostVariable: (name: string) => string | undefined;
  /** Answers to the draft's questions, by variable. */
  readonly answers: ReadonlyMap<string, string>;
}

/** An agent and its bottle, ready for the launcher. Safe to print: secrets are only behind `env()`. */
export interface ResolvedAgent {
  readonly name: string;
  readonly bottle: string;
  readonly program: NamedProgram;
  readonly runtime: SettingValues['runtime'];
  readonly minBoundary: SettingValues['min_boundary'];
  readonly image: ResolvedImage;
  readonly resources: ResolvedResources;
  /** A function, so that no log, error or JSON of this object shows a value. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly envNames: readonly string[];
  /** The names among these whose value comes from this host or from the user. */
  readonly ownEnvNames: readonly string[];
  /** The entries as written in the manifest, for errors that point there. */
  readonly envEntries: ReadonlyMap<string, EnvEntry>;
  readonly egress: ResolvedEgress;
  readonly workspace: SettingValues['workspace'];
  /** Patterns of files that the copy includes although they look like secrets, relative to the project. */
  readonly copyAnyway: readonly string[];
  readonly gateway: ResolvedGateway;
  readonly skills: readonly ResolvedSkill[];
  readonly ssh: readonly ResolvedSsh[];
  /** Input for readBeside(). */
  readonly prompt: FileBeside | undefined;
  /** The manifest that defines the agent comes first; then those whose bottles it uses. */
  readonly manifests: readonly { readonly path: string; readonly origin: Origin; readonly digest: string }[];
  /** Messages about limits of a parent that replace the bottle's own. */
  readonly notes: readonly string[];
}

export interface ResolvedEgress {
  readonly allow: readonly ResolvedRule[];
  readonly deny: readonly ResolvedRule[];
  /** Files of this host whose contents must not leave the bottle: patterns, absolute or relative to the project. */
  readonly protect: readonly string[];
  /** Whether the home folder contains bait. */
  readonly canary: boolean;
  /** Absolute paths of files with rules in gitleaks’ format. */
  readonly secretRules: readonly string[];
  /** Limit in bytes for the whole bottle; undefined: no limit. */
  readonly maxBytes: number | undefined;
  readonly maxRequests: number | undefined;
  readonly maxTokens: number | undefined;
}

/** A program that ships with bot-bottle, or a custom one from the manifest. */
export type NamedProgram =
  | { readonly kind: 'known'; readonly name: AgentName }
  | {
      readonly kind: 'custom';
      readonly command: readonly string[];
      /** The command without a terminal; `{prompt}` stands for the prompt. */
      readonly headless: readonly string[] | undefined;
      /** A shell command to run in the bottle. */
      readonly install: string | undefined;
      readonly hosts: readonly string[];
      readonly skillsPath: string | undefined;
      readonly promptPath: string | undefined;
    };

/** Mirrors `ImageSpec` in drivers/driver.ts. */
export type ResolvedImage =
  | { readonly kind: 'default' }
  | { readonly kind: 'reference'; readonly reference: string }
  | { readonly kind: 'dockerfile'; readonly hostPath: string };

export type ResolvedGateway =
  | { readonly engine: 'bot-bottle' }
  | {
      readonly engine: 'pipelock';
      /** Undefined: the program is found through PATH. */
      readonly programPath: string | undefined;
      /** `bot-bottle.yaml:12:9` */
      readonly position: string;
    };

/** Mirrors `Resources` in drivers/driver.ts. */
export interface ResolvedResources {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly pids: number;
  readonly diskBytes: number;
}

export interface ResolvedSkill {
  readonly name: string;
  /** Folder of the manifest that names the skill; `origin` is that manifest's origin. */
  readonly manifestDir: string;
  readonly origin: Origin;
}

export interface ResolvedSsh {
  /** `ssh[0] git.example.org` */
  readonly id: string;
  /** `bot-bottle.yaml:12:9` */
  readonly position: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identityPath: string;
  readonly knownHost: string;
  readonly addresses?: readonly string[];
}

const GIB = 1024 ** 3;
const DEFAULTS = {
  runtime: 'auto',
  minBoundary: 'shared-kernel',
  workspace: 'copy',
  resources: { cpus: 2, memoryBytes: 4 * GIB, pids: 1024, diskBytes: 10 * GIB },
} as const;

/**
 * Inserts this host's values into a draft. Pure.
 * @throws BottleError `manifest` with the position of every host variable that is not set, every question without an
 *   answer, or every variable that would expose a secret
 */
export function resolve(draft: Draft, supplies: Supplies): ResolvedAgent {
  const { settings } = draft.bottle;
  const rules = resolveRulesOf(draft.bottle, supplies);
  // Only src/secrets knows the secrets behind identities of one word; the start repeats this check for them.
  refuseExposedSecrets(
    draft.env,
    rules.egress.allow.flatMap(({ id, inject }) =>
      inject !== undefined && 'source' in inject ? [{ id, ...inject }] : [],
    ),
  );
  const env = resolveEnv(draft.env, supplies);
  return {
    name: draft.name,
    bottle: draft.bottle.name,
    program: programOf(draft),
    runtime: settings.runtime?.value ?? DEFAULTS.runtime,
    minBoundary: settings.min_boundary?.value ?? DEFAULTS.minBoundary,
    image: resolveImage(settings.image),
    resources: {
      cpus: settings['resources.cpus']?.value ?? DEFAULTS.resources.cpus,
      memoryBytes: settings['resources.memory']?.value ?? DEFAULTS.resources.memoryBytes,
      pids: settings['resources.pids']?.value ?? DEFAULTS.resources.pids,
      diskBytes: settings['resources.disk']?.value ?? DEFAULTS.resources.diskBytes,
    },
    env: () => env,
    envNames: Object.keys(env),
    envEntries: draft.env,
    ownEnvNames: [...draft.env].flatMap(([name, { value }]) => (isOwn(value) ? [name] : [])),
    ...rules,
    workspace: settings.workspace?.value ?? DEFAULTS.workspace,
    copyAnyway: settings.copy_anyway?.value ?? [],
    gateway: resolveGateway(settings.gateway, supplies.homeDir),
    skills: skillsOf(draft),
    prompt:
      draft.agent.prompt === undefined
        ? undefined
        : { manifest: draft.file, relativePath: draft.agent.prompt },
    manifests: draft.files.map(({ path, origin, digest }) => ({ path, origin, digest })),
    notes: draft.bottle.notes,
  };
}

const isOwn = (value: EnvValue): boolean =>
  value.kind === 'question' || value.parts.some((part) => 'hostVariable' in part);

/**
 * Resolves a bottle's rules and limits for outgoing data, which depend on no variable and no question. Pure.
 * @throws BottleError `manifest`: an identity is on a preset that stands for several hosts, or for one without TLS
 */
export function resolveRulesOf(
  { name, settings }: Pick<Bottle, 'name' | 'settings'>,
  supplies: RuleSupplies,
): Pick<ResolvedAgent, 'egress' | 'ssh'> {
  const { homeDir } = supplies;
  return {
    egress: {
      ...resolveRules({ name, settings }, supplies),
      protect: (settings['egress.protect']?.value ?? []).map((pattern) => atHome(pattern, homeDir)),
      canary: settings['egress.canary']?.value ?? true,
      secretRules: (settings['egress.secret_rules']?.value ?? []).map((path) => atHome(path, homeDir)),
      maxBytes: settings['egress.max_bytes']?.value,
      maxRequests: settings['egress.max_requests']?.value,
      maxTokens: settings['egress.max_tokens']?.value,
    },
    ssh: (settings.ssh?.value ?? []).map((entry, index) => resolveSsh(entry, index, homeDir)),
  };
}

function resolveEnv(
  entries: ReadonlyMap<string, EnvEntry>,
  supplies: Supplies,
): Readonly<Record<string, string>> {
  const problems: Problem[] = [];
  const values = [...entries].map(([variable, { value, at }]): [string, string] => {
    if (value.kind === 'question') {
      const answer = supplies.answers.get(variable);
      if (answer === undefined) problems.push({ at, what: `the question for \`${variable}\` has no answer` });
      return [variable, answer ?? ''];
    }
    const parts = value.parts.map((part) => {
      if ('text' in part) return part.text;
      const found = supplies.hostVariable(part.hostVariable);
      if (found === undefined) problems.push({ at, ...unset(part.hostVariable) });
      return found ?? '';
    });
    return [variable, parts.join('')];
  });
  if (problems.length > 0) throw manifestError(problems);
  return Object.fromEntries(values);
}

const unset = (name: string): Pick<Problem, 'what' | 'hint'> => ({
  what: `the variable \`${name}\` of this host is not set, or is empty`,
  hint: `set it before the start: export ${name}=...`,
});

function programOf({ agent }: Draft): NamedProgram {
  if (agent.agent !== 'custom') return { kind: 'known', name: agent.agent };
  return {
    kind: 'custom',
    command: agent.command ?? [],
    headless: agent.headless,
    install: agent.install,
    hosts: agent.hosts ?? [],
    skillsPath: agent.skillsPath,
    promptPath: agent.promptPath,
  };
}

/** Resolves a bottle's `image:`. */
export function resolveImage(image: Written<ImageInput> | undefined): ResolvedImage {
  if (image === undefined || image.value === 'default') return { kind: 'default' };
  if (typeof image.value === 'string') return { kind: 'reference', reference: image.value };
  return { kind: 'dockerfile', hostPath: join(dirname(image.file.path), image.value.dockerfile) };
}

/** Resolves a bottle's `gateway:`. Pure. */
export function resolveGateway(written: Settings['gateway'], homeDir: string): ResolvedGateway {
  if (written === undefined || written.value === 'bot-bottle') return { engine: 'bot-bottle' };
  const { value, at } = written;
  const programPath = value === 'pipelock' ? undefined : atHome(value.program, homeDir);
  return { engine: 'pipelock', programPath, position: positionOf(at) };
}

/** The skills of the bottle and of the agent, each once. The same name in two manifests means two skills. */
function skillsOf(draft: Draft): readonly ResolvedSkill[] {
  const named = [
    ...(draft.bottle.settings.skills?.value ?? []),
    ...(draft.agent.skills ?? []).map((value) => ({ value, file: draft.file })),
  ].map(({ value, file }) => ({ name: value, manifestDir: dirname(file.path), origin: file.origin }));
  return [...new Map(named.map((skill) => [`${skill.manifestDir}\0${skill.name}`, skill])).values()];
}

function resolveSsh({ value, at }: Written<SshInput>, index: number, homeDir: string): ResolvedSsh {
  return {
    id: `ssh[${index}] ${value.host}`,
    position: positionOf(at),
    host: value.host,
    port: value.port ?? 22,
    user: value.user,
    identityPath: atHome(value.identity, homeDir),
    knownHost: value.known_host,
    ...(value.addresses === undefined ? {} : { addresses: value.addresses }),
  };
}
