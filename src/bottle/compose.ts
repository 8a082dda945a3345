import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { agentCommand } from '../agents/command.ts';
import { type AgentDefinition, customAgent } from '../agents/definition.ts';
import { AGENTS } from '../agents/index.ts';
import type { NetworkForm, RungCheck } from '../drivers/driver.ts';
import { BottleError, reasonOf } from '../errors.ts';
import type { Policy } from '../gateway/config.ts';
import { readBeside } from '../manifest/text/read-beside.ts';
import { refuseExposedSecrets, refuseShownSecrets } from '../manifest/exposed-secrets.ts';
import type { ResolvedAgent } from '../manifest/resolve.ts';
import { agentLayer, type AgentLayer, type Installer } from './guest/agent-layer.ts';
import { baitSteps, drawBait, wouldBeSeen } from './guest/bait.ts';
import {
  GUEST_FORWARDER_PATH,
  GUEST_PROMPT_PATH,
  GUEST_SKILLS_PATH,
  SYSTEM_PATH,
} from './guest/guest-files.ts';
import { withHomeSteps, type HomeStep } from './guest/home-steps.ts';
import { clientsInBottle, type ReadPresets } from './guest/client-settings.ts';
import { describeRung } from './rungs/select.ts';
import { sshEnvironment, sshIdentities, sshSteps } from './ssh.ts';
import { protectedValues } from '../secrets/protected/protected-files.ts';
import { foreignGatewayOf, rulesFor } from './egress/foreign-gateway.ts';
import { upstreamProxy } from './egress/gateway.ts';
import {
  hostsNotAllowed,
  limitsOf,
  noteOnRawPorts,
  policyOf,
  identitiesOf,
  refuseToLearn,
  refuseToLearnThrough,
} from './egress/policy.ts';
import { startOnlyOf } from './policy-change/start-only.ts';
import {
  lentTexts,
  plannedSecrets,
  readSecrets,
  type BottleSecrets,
  readSecretRules,
} from './egress/secrets.ts';
import type { BottleRequest } from './request.ts';
import type { RunFrontend } from './session/run.ts';
import type { NamedOnHost } from '../workspace/apply/project-paths.ts';

/** Settings of one start that come from the command line, not from the manifest. */
export interface StartWishes {
  readonly projectPath: string;
  readonly args: readonly string[];
  /** From --prompt or --prompt-file. The manifest's own prompt comes before it. */
  readonly prompt: string | undefined;
  readonly tty: boolean;
  /** From --raw. */
  readonly isRaw: boolean;
  /** From --learn. */
  readonly learn: boolean;
  /** Full path from --manifest; undefined if the user named none. */
  readonly manifestPath?: string | undefined;
  /** Files and commands of the host that the next start by the same manifests uses. */
  readonly startFiles: NamedOnHost;
  /** The output of the package clients for the presets. */
  readonly presets: ReadPresets;
  /** Git variables for the bottle. A promise that starts early, because reading them runs a program. */
  readonly gitIdentity: Promise<Readonly<Record<string, string>>>;
}

export interface ComposeContext {
  readonly check: RungCheck;
  readonly networkForm: NetworkForm;
  readonly frontend: RunFrontend;
  /** Undefined in a plan: `agentLayer` then treats a program that is not installed yet as installed. */
  readonly install: Installer | undefined;
}

/** @throws BottleError `policy` if this bottle or this host does not allow learning */
function learn(resolved: ResolvedAgent, note: (line: string) => void): void {
  refuseToLearn(resolved);
  refuseToLearnThrough(upstreamProxy());
  note('learning: all that is in this bottle, the project too, can go to any public host in this run');
}

/**
 * Builds the request for one bottle from the manifest and the user's wishes. Installs the agent's program.
 * @throws BottleError `manifest`, `usage`, `policy`, `rungUnavailable` or `dependencyMissing`; nothing exists for the
 *   bottle then
 */
export async function composeRequest(
  resolved: ResolvedAgent,
  wishes: StartWishes,
  context: ComposeContext,
): Promise<BottleRequest> {
  const definition = definitionOf(resolved);
  const foreignGateway = await foreignGatewayOf(resolved, wishes, context.frontend.note);
  const policy = policyOf(rulesFor(resolved.gateway, resolved));
  if (wishes.learn) learn(resolved, context.frontend.note);
  const prompt = await promptOf(resolved, wishes);
  const argv = agentCommand(definition, { interactive: wishes.tty, prompt, args: wishes.args });
  refuseTooFewPids(resolved, context.check);
  refuseMount(resolved, context.check);
  const secrets = await secretsOf(resolved, { policy, wishes, context });
  warn(definition, { policy, resolved, given: Object.keys(secrets.env), note: context.frontend.note });
  const ssh = await sshIdentities(resolved.ssh, context.check, context.frontend.note);
  const clients = clientsInBottle(wishes.presets, resolved.egress, context.check.rung.traits.gatewayAddress);
  const home = [...homeSteps(definition, resolved, prompt), ...clients.steps];
  const steps = [...home, ...sshSteps(ssh), ...baitSteps(secrets.bait)];
  const [layer, identity] = await Promise.all([layerOf(definition, context), wishes.gitIdentity]);
  return {
    agent: resolved.name,
    bottle: resolved.bottle,
    check: context.check,
    networkForm: context.networkForm,
    image: resolved.image,
    resources: resolved.resources,
    env: {
      ...identity,
      ...clients.env,
      ...definition.env,
      ...pathWith(layer),
      ...sshEnvironment(ssh),
      ...resolved.env(),
      ...secrets.env,
    },
    argv: withHomeSteps(argv, steps),
    tty: wishes.tty,
    isRaw: wishes.isRaw,
    policy,
    foreignGateway,
    limits: limitsOf(resolved),
    startOnly: startOnlyOf(resolved),
    secretRules: await readSecretRules(resolved.egress.secretRules),
    learns: wishes.learn,
    workspace: workspaceOf(resolved, wishes),
    mounts: layer === undefined ? [] : [layer.mount],
    prompt,
    clientFiles: clients.files,
    manifestDigest: resolved.manifests.map(({ digest }) => digest).join(' '),
    ...startedBy(wishes),
    agentProgram: layer?.program ?? null,
    skills: resolved.skills,
    secrets,
    ssh,
  };
}

const workspaceOf = (
  { workspace, copyAnyway }: ResolvedAgent,
  { projectPath }: StartWishes,
): BottleRequest['workspace'] => ({ mode: workspace, projectPath, copyAnyway });

/** Fields that only the record needs. */
const startedBy = ({
  manifestPath,
  startFiles,
}: StartWishes): Pick<BottleRequest, 'manifestPath' | 'startFiles'> => ({ manifestPath, startFiles });

interface SecretContext {
  readonly policy: Policy;
  readonly wishes: StartWishes;
  readonly context: ComposeContext;
}

/** Reads secrets for a start only; a plan runs no command and prompts nobody. */
async function secretsOf(
  resolved: ResolvedAgent,
  { policy, wishes, context }: SecretContext,
): Promise<BottleSecrets> {
  const { egress } = resolved;
  const identities = identitiesOf(egress.allow);
  refuseExposedSecrets(resolved.envEntries, identities);
  if (context.install === undefined) return plannedSecrets(identities);
  const { values, plain, idle } = await protectedValues(egress.protect, wishes.projectPath);
  if (idle.length > 0) {
    context.frontend.note(
      `egress.protect: no file matches ${idle.join(', ')}: the wildcards are * and **, and links are not followed`,
    );
  }
  if (plain.length > 0) {
    context.frontend.note(
      `too common to search for: ${plain.join(', ')} (egress.protect); use a longer, random value`,
    );
  }
  const bait = egress.canary && wouldBeSeen(policy) ? drawBait(randomInt) : undefined;
  const secrets = await readSecrets(identities, { protectedValues: values, bait });
  refuseShownSecrets(resolved, lentTexts(secrets));
  return secrets;
}

function homeSteps(
  agent: AgentDefinition,
  { skills }: ResolvedAgent,
  prompt: string | undefined,
): HomeStep[] {
  const link = (guestPath: string, target: string): HomeStep => ({ kind: 'link', guestPath, target });
  const { skillsPath, promptPath, keyFile } = agent;
  return [
    skills.length === 0 ? [] : link(skillsPath, GUEST_SKILLS_PATH),
    promptPath === undefined || prompt === undefined ? [] : link(promptPath, GUEST_PROMPT_PATH),
    keyFile === undefined ? [] : { kind: 'key' as const, ...keyFile },
  ].flat();
}

function definitionOf({ name, program }: ResolvedAgent): AgentDefinition {
  if (program.kind === 'custom') return customAgent(name, program);
  return AGENTS[program.name];
}

/** Refuses a limit that the runtime cannot work with, instead of raising it silently. */
function refuseTooFewPids({ resources }: ResolvedAgent, { rung }: RungCheck): void {
  if (resources.pids >= rung.traits.minPids) return;
  throw new BottleError(
    'rungUnavailable',
    `resources.pids is ${resources.pids}, and ${describeRung(rung)} needs at least ${rung.traits.minPids} for itself and its agent`,
    { fix: `raise resources.pids to ${rung.traits.minPids}, or choose another runtime` },
  );
}

/** Refuses `workspace: mount` on a rung that shares no files with its host. */
function refuseMount({ workspace }: ResolvedAgent, { rung }: RungCheck): void {
  if (workspace !== 'mount' || rung.traits.sharesFiles) return;
  throw new BottleError(
    'rungUnavailable',
    `${describeRung(rung)} shares no folder with this host, so it does not support workspace: mount`,
    { fix: 'use workspace: copy, with diff and apply, or choose another runtime' },
  );
}

/** Joins the manifest's prompt and the task of this run. */
async function promptOf(resolved: ResolvedAgent, wishes: StartWishes): Promise<string | undefined> {
  const own = resolved.prompt === undefined ? undefined : await readBeside(resolved.prompt);
  const parts = [own, wishes.prompt].filter((part) => part !== undefined && part.trim() !== '');
  return parts.length === 0 ? undefined : parts.join('\n\n');
}

/** @throws BottleError `usage` if the file cannot be read */
export async function readPromptFile(hostPath: string): Promise<string> {
  try {
    return await readFile(hostPath, 'utf8');
  } catch (error) {
    throw new BottleError('usage', `cannot read the prompt file: ${reasonOf(error)}`, {
      fix: 'name a readable file, or give the task with --prompt',
      cause: error,
    });
  }
}

interface Warning {
  readonly policy: Policy;
  readonly resolved: ResolvedAgent;
  /** Names of the variables that hold a placeholder. */
  readonly given: readonly string[];
  readonly note: (line: string) => void;
}

function warn(agent: AgentDefinition, { policy, resolved, given, note }: Warning): void {
  for (const line of resolved.notes) note(line);
  const rawPorts = noteOnRawPorts(policy, GUEST_FORWARDER_PATH);
  if (rawPorts !== undefined) note(rawPorts);
  const closed = hostsNotAllowed(policy, agent.hosts);
  if (closed.length > 0) note(`${agent.name} needs ${closed.join(', ')}, which the bottle does not allow`);
  const names = [...resolved.envNames, ...given];
  const has = agent.credentials.some((name) => names.includes(name));
  if (agent.credentials.length > 0 && !has) {
    note(
      `${agent.name} finds no credential in the bottle: none of ${agent.credentials.join(', ')} is in its env`,
    );
  }
}

async function layerOf(agent: AgentDefinition, context: ComposeContext): Promise<AgentLayer | undefined> {
  switch (agent.program.kind) {
    case 'present':
    case 'command':
      return undefined;
    case 'npm':
      return await agentLayer(agent.name, agent.program, context);
  }
}

const pathWith = (layer: AgentLayer | undefined): Record<string, string> =>
  layer === undefined ? {} : { PATH: `${layer.binPath}:${SYSTEM_PATH}` };
