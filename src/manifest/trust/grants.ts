import { createHash } from 'node:crypto';
import { draftsOf, type Draft, type EnvEntry } from '../draft.ts';
import type { Settings } from '../extends/settings.ts';
import type { Manifest } from '../load.ts';
import { shellLine } from '../../host/shell-words.ts';
import { isReadOnly, seesMethods } from '../rules.ts';
import type { EnvPart } from '../schema/env-values.ts';
import type { RuleInput } from '../schema/rule-schema.ts';
import { formatSize } from '../schema/quantities.ts';
import { loadsCode } from './code-variables.ts';
import { commandOf, describeDlp, describeRule } from './rule-words.ts';
import { escapeText } from '../../ui/terminal/text.ts';

/** Describes a manifest's grants in sentences, for the question whether to trust it. Runs and reads nothing. */

/** One agent and its grants. Each line states one grant, so that two manifests can be compared line by line. */
export interface AgentGrants {
  readonly agent: string;
  readonly lines: readonly string[];
}

/** Returns the grants of every agent that this manifest defines. */
export const grantsIn = (manifest: Manifest): readonly AgentGrants[] =>
  draftsOf(manifest).map((draft) => ({ agent: draft.name, lines: grantsOf(draft) }));

/**
 * Returns the programs that this host runs as the user for any of a manifest's agents, each once: programs that
 * supply secrets, and gateways.
 */
export const programsHere = (manifest: Manifest): readonly string[] => [
  ...new Set(
    draftsOf(manifest)
      .flatMap((draft) => [...gatewayPrograms(draft.bottle.settings), ...secretCommands(draft)])
      .map(escapeText),
  ),
];

/** Returns the grants of one agent. */
export function grantsOf(draft: Draft): readonly string[] {
  return [
    ...placeLines(draft),
    ...workspaceLines(draft),
    ...egressLines(draft),
    ...commandLines(draft),
    ...sshLines(draft),
    ...[...draft.env].map(([name, entry]) => variableLine(name, entry)),
    ...skillNames(draft).map((skill) => `gets the skill ${skill}`),
    ...programLines(draft),
  ].map(escapeText);
}

function placeLines({ agent, bottle: { name, settings } }: Draft): string[] {
  const image = settings.image?.value ?? 'default';
  const [cpus, memory, pids, disk] = (['cpus', 'memory', 'pids', 'disk'] as const).map(
    (key) => settings[`resources.${key}`]?.value,
  );
  const secretRules = settings['egress.secret_rules']?.value ?? [];
  const limits = [
    ...(cpus === undefined ? [] : [`${cpus} cpus`]),
    ...(memory === undefined ? [] : [`${formatSize(memory)} of memory`]),
    ...(pids === undefined ? [] : [`${pids} processes`]),
    ...(disk === undefined ? [] : [`${formatSize(disk)} of disk`]),
  ];
  return [
    `runs ${agent.agent} in the bottle ${name}`,
    `is isolated by ${settings.runtime?.value ?? 'auto'}, at least ${settings.min_boundary?.value ?? 'shared-kernel'}`,
    ...(secretRules.length === 0 ? [] : [`is looked at by the rules of ${secretRules.join(', ')} too`]),
    ...(limits.length === 0 ? [] : [`has at most ${limits.join(', ')}`]),
    ...(image === 'default'
      ? []
      : [typeof image === 'string' ? `uses the image ${image}` : builtFrom(image)]),
  ];
}

const builtFrom = ({ dockerfile }: { dockerfile: string }): string =>
  `uses an image built from ${dockerfile}, which is read at start and not part of what you trust here`;

const WORKSPACE_SENTENCES = {
  copy: 'works on a copy of the project',
  mount: 'works in the project itself: its changes take effect at once',
  none: 'does not see the project',
} as const;

function workspaceLines({ bottle: { settings } }: Draft): string[] {
  const anyway = settings.copy_anyway?.value ?? [];
  return [
    WORKSPACE_SENTENCES[settings.workspace?.value ?? 'copy'],
    ...(anyway.length === 0 ? [] : [`is given these, although they look like secrets: ${anyway.join(', ')}`]),
  ];
}

function egressLines({ bottle: { settings } }: Draft): string[] {
  const allow = settings['egress.allow']?.value ?? [];
  const deny = settings['egress.deny']?.value ?? [];
  return [
    ...gatewayLines(settings),
    ...(allow.length === 0 ? ['reaches nothing'] : []),
    ...allow.map(({ value }) => allowLine(value.rule, seesMethods(settings))),
    ...deny.map(({ value }) => `may never reach ${describeRule(value.rule, value.rule.scheme)}`),
    ...lookingLines(settings),
  ];
}

function allowLine(rule: RuleInput, canLimitMethods: boolean): string {
  const limit = canLimitMethods && isReadOnly(rule) ? ', by GET and HEAD only' : '';
  return `may reach ${describeRule(rule, rule.scheme ?? 'https')}${limit}`;
}

const gatewayLines = (settings: Settings): string[] =>
  gatewayPrograms(settings).map(
    (program) => `reaches the world through a program of this host, not bot-bottle’s own gateway: ${program}`,
  );

function gatewayPrograms({ gateway }: Settings): string[] {
  if (gateway === undefined || gateway.value === 'bot-bottle') return [];
  return [gateway.value === 'pipelock' ? 'pipelock, wherever PATH has it' : gateway.value.program];
}

function lookingLines(settings: Settings): string[] {
  const dlp = settings['egress.dlp']?.value;
  const protect = settings['egress.protect']?.value ?? [];
  const limits = [
    [sizeOf(settings['egress.max_bytes']?.value), 'of traffic'],
    [settings['egress.max_requests']?.value, 'requests'],
    [settings['egress.max_tokens']?.value, 'tokens of model APIs'],
  ].flatMap(([most, what]) => (most === undefined ? [] : [`${most} ${what}`]));
  return [
    ...(dlp === undefined
      ? []
      : [`reaches all that, where nothing else is said, ${describeDlp(dlp).replace(/^and/, 'while')}`]),
    ...(settings['egress.canary']?.value === false ? ['has no bait in it, which would tell of a thief'] : []),
    ...(protect.length === 0 ? [] : [`may not let out what is in ${protect.join(', ')}`]),
    ...(limits.length === 0 ? [] : [`has at most ${limits.join(', ')}`]),
  ];
}

const sizeOf = (bytes: number | undefined): string | undefined =>
  bytes === undefined ? undefined : formatSize(bytes);

/** The commands that run outside every bottle, as the user. */
const commandLines = (draft: Draft): string[] =>
  secretCommands(draft).map((command) => `runs on this host, as you, for a secret: ${command}`);

const secretCommands = ({ bottle }: Draft): string[] =>
  (bottle.settings['egress.allow']?.value ?? []).flatMap(({ value: { rule } }) => {
    const command = commandOf(rule);
    return command === undefined ? [] : [shellLine(command)];
  });

const sshLines = ({ bottle }: Draft): string[] =>
  (bottle.settings.ssh?.value ?? []).map(
    ({ value }) =>
      `logs in to ${value.host}:${value.port ?? 22}${atAddresses(value)}, whose key is ${fingerprintOf(value.known_host)}, ` +
      `as ${value.user} with your key ${value.identity}`,
  );

/**
 * The fingerprint as ssh-keygen(1) prints it with -l and forges publish theirs. The user's key works at every server
 * with this host key, whatever its name.
 */
function fingerprintOf(knownHost: string): string {
  const [, key = ''] = knownHost.trim().split(/\s+/);
  const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}

const atAddresses = ({ addresses }: { addresses?: readonly string[] | undefined }): string =>
  addresses === undefined ? '' : ` at ${addresses.join(', ')}`;

/** Shows a value from the manifest only if programs load or run what it names. */
function variableLine(name: string, entry: EnvEntry): string {
  const line = `sees the variable ${name}${originOf(entry)}`;
  return loadsCode(name) && entry.value.kind === 'text'
    ? `${line}, by which programs load or run things: ${name}=${writtenAs(entry.value.parts)}`
    : line;
}

/**
 * The value as written in the manifest: without values of this host, and with `$${` for a dollar sign before a
 * brace that starts no variable.
 */
const writtenAs = (parts: readonly EnvPart[]): string =>
  parts
    .map((part) => ('text' in part ? part.text : `\0{${part.hostVariable}}`))
    .join('')
    .replaceAll('${', () => '$${')
    .replaceAll('\0', () => '$');

/** The origin of a variable's value. */
function originOf({ value }: EnvEntry): string {
  if (value.kind === 'question') return ', which you are asked for';
  const names = value.parts.flatMap((part) => ('hostVariable' in part ? [part.hostVariable] : []));
  return names.length === 0 ? '' : `, from ${names.join(', ')} of this host`;
}

const skillNames = ({ agent, bottle }: Draft): readonly string[] => [
  ...new Set([...(bottle.settings.skills?.value ?? []).map(({ value }) => value), ...(agent.skills ?? [])]),
];

const programLines = ({ agent }: Draft): string[] => [
  ...(agent.prompt === undefined ? [] : [`is given the instructions in ${agent.prompt}`]),
  ...(agent.install === undefined ? [] : [`is installed in its bottle by: ${agent.install}`]),
  ...(agent.command === undefined ? [] : [`is the program: ${agent.command.join(' ')}`]),
  ...(agent.headless === undefined ? [] : [`is without a terminal the program: ${agent.headless.join(' ')}`]),
];
