import { existsSync } from 'node:fs';
import { chown, mkdir, rename, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NpmProgram } from '../../agents/definition.ts';
import type { Mount, NetworkForm, RungCheck } from '../../drivers/driver.ts';
import { driverOf } from '../../drivers/index.ts';
import { BottleError } from '../../errors.ts';
import { makePrivateDir, readTextIfThere, removeTree, writeFileAtomic } from '../../host/files.ts';
import { tryLock } from '../../host/disk/lock.ts';
import { readPresets, askClient } from '../../manifest/presets.ts';
import { digestOfTree } from '../../workspace/tree-digest.ts';
import { NOTHING_SAID } from '../policy-change/start-only.ts';
import { NOTHING_NAMED } from '../../workspace/apply/project-paths.ts';
import { policyOf } from '../egress/policy.ts';
import type { InstalledProgram } from '../state/receipt.ts';
import type { BottleRequest } from '../request.ts';
import type { RunFrontend, RunResult } from '../session/run.ts';
import { forget } from '../state/store.ts';
import { cacheDir } from '../../host/paths.ts';
import { ownIdentity, isRunning } from '../../host/processes.ts';

/**
 * An agent's program as a folder that bottles mount read-only. bot-bottle installs it once per version, in a separate
 * bottle that reaches only the package registry, so that installation scripts are confined.
 */
export interface AgentLayer {
  readonly mount: Mount;
  /** Folder of its programs in the bottle. */
  readonly binPath: string;
  readonly program: InstalledProgram;
}

/** Runs the bottle of an installation. It is a parameter because running a bottle may itself need layers. */
export type Installer = (request: BottleRequest, frontend: RunFrontend) => Promise<RunResult>;

export interface LayerContext {
  readonly check: RungCheck;
  readonly networkForm: NetworkForm;
  /** Undefined in a plan, which installs nothing. */
  readonly install: Installer | undefined;
  readonly frontend: RunFrontend;
}

const GUEST_ROOT = '/opt/agents';
const INSTALL_RESOURCES = { cpus: 2, memoryBytes: 4 * 1024 ** 3, pids: 1024, diskBytes: 4 * 1024 ** 3 };

/**
 * Returns the agent's layer; installs it if it is missing.
 * @throws BottleError `dependencyMissing` if npm cannot install it
 */
export async function agentLayer(
  name: string,
  program: NpmProgram,
  context: LayerContext,
): Promise<AgentLayer> {
  const folder = join(layersDir(), `${name}-${program.version}-${process.arch}`);
  const guestPath = `${GUEST_ROOT}/${name}`;
  const { install } = context;
  const digest =
    (await digestOf(folder)) ??
    (install === undefined
      ? 'not installed yet'
      : await installOnce(folder, { name, program, context, install }));
  return {
    mount: { hostPath: folder, guestPath, readOnly: true },
    binPath: `${guestPath}/node_modules/.bin`,
    program: { name: `${program.package}@${program.version}`, digest },
  };
}

/** Written last, beside the layer: the installed program can write to its own folder, but not here. */
const sealOf = (folder: string): string => `${folder}.sha256`;

const digestOf = async (folder: string): Promise<string | undefined> =>
  existsSync(folder) ? (await readTextIfThere(sealOf(folder)))?.trim() : undefined;

interface Installation {
  readonly name: string;
  readonly program: NpmProgram;
  readonly context: LayerContext;
  readonly install: Installer;
}

/** Installs once for simultaneous starts: the second waits for the first. */
async function installOnce(folder: string, installation: Installation): Promise<string> {
  await makePrivateDir(layersDir());
  for (;;) {
    const release = await tryLock(`${folder}.lock`);
    try {
      const done = await digestOf(folder);
      if (done !== undefined) return done;
      if (release !== undefined) return await installInto(folder, installation);
    } finally {
      await release?.();
    }
    await sleep(200);
  }
}

async function installInto(folder: string, installation: Installation): Promise<string> {
  const partial = partialLayer(folder);
  await mkdir(partial, { mode: 0o755 });
  try {
    const owner = driverOf(installation.context.check.rung).fileOwner(installation.context.check.rung);
    await chown(partial, owner.uid, owner.gid);
    await runInstallation(partial, installation);
    const digest = await digestOfTree(partial);
    await removeTree(sealOf(folder));
    await removeTree(folder);
    await rename(partial, folder);
    await writeFileAtomic(sealOf(folder), `${digest}\n`);
    return digest;
  } finally {
    await removeTree(partial);
  }
}

async function runInstallation(
  partial: string,
  { name, program, context, install }: Installation,
): Promise<void> {
  const { frontend } = context;
  frontend.progress(`installing ${program.package}@${program.version}, once, in a separate bottle`);
  const quiet: RunFrontend = { ...frontend, progress: () => undefined, agentStarts: () => undefined };
  const result = await install(await installRequest(partial, { name, program, context }), quiet);
  if (result.kind === 'ended' && result.exitCode === 0) return await forget(result.id);
  const exitCode = 'exitCode' in result ? result.exitCode : 'none';
  throw new BottleError('dependencyMissing', `${program.package}@${program.version} could not be installed`, {
    details: [`npm ended with exit code ${exitCode}; its output is above`],
    fix: 'see whether this host reaches its npm registry: npm ping',
  });
}

async function installRequest(
  partial: string,
  { name, program, context }: Omit<Installation, 'install'>,
): Promise<BottleRequest> {
  const [presets, registry] = await Promise.all([readPresets(['npm']), npmRegistry()]);
  const allow = (presets.get('npm') ?? []).map((endpoint) => ({
    id: 'preset npm',
    position: '',
    ...endpoint,
    // This bottle contains no data of the user, so TLS can stay closed.
    dlp: 'off' as const,
  }));
  return {
    agent: `install-${name}`,
    bottle: `install-${name}`,
    check: context.check,
    networkForm: context.networkForm,
    foreignGateway: undefined,
    image: { kind: 'default' },
    resources: INSTALL_RESOURCES,
    env: { NPM_CONFIG_REGISTRY: registry, NPM_CONFIG_UPDATE_NOTIFIER: 'false' },
    argv: [
      '/bin/sh',
      '-c',
      INSTALL_SCRIPT,
      'sh',
      `${program.package}@${program.version}`,
      program.afterInstall ?? '',
    ],
    tty: false,
    isRaw: false,
    policy: policyOf({ egress: { allow, deny: [] }, ssh: [] }),
    limits: {},
    startOnly: NOTHING_SAID,
    secretRules: undefined,
    learns: false,
    workspace: { mode: 'mount', projectPath: partial, copyAnyway: [] },
    mounts: [],
    prompt: undefined,
    clientFiles: {},
    manifestDigest: 'none: an installation of bot-bottle itself',
    startFiles: NOTHING_NAMED,
    agentProgram: null,
    skills: [],
    secrets: { env: {}, forGateway: () => undefined, refreshes: [], bait: undefined },
    ssh: [],
  };
}

/** $1: the package; $2: its own installation step. Writes to standard error: standard output belongs to the agent. */
const INSTALL_SCRIPT = `exec >&2
npm install --no-audit --no-fund --no-progress --loglevel=error --ignore-scripts --prefix /work "$1" || exit
[ -z "$2" ] || node "/work/node_modules/$2"`;

/**
 * The URL, with its path, of the registry in this host's npm configuration. npm in a bottle must use the same one.
 * @throws BottleError `dependencyMissing` if npm does not answer
 */
async function npmRegistry(): Promise<string> {
  return (await askClient('npm', ['npm', 'config', 'get', 'registry'])).trim();
}

/** Folder of the installed programs. */
const layersDir = (): string => join(cacheDir(), 'agents');

/** The folder, named after this process, in which it installs before it renames the result to `folder`. */
function partialLayer(folder: string): string {
  const { pid, startTicks } = ownIdentity();
  return `${folder}.${pid}-${startTicks}.partial`;
}

/**
 * The folders that killed installations left. The caller removes them after the bottles that write there have ended.
 */
export async function partialLayers(): Promise<string[]> {
  const names = await readdir(layersDir()).catch(() => []);
  const left = names.filter((name) => {
    const [, pid, startTicks] = /\.(\d+)-(\d+)\.partial$/.exec(name) ?? [];
    return pid !== undefined && startTicks !== undefined && !isRunning({ pid: Number(pid), startTicks });
  });
  return left.map((name) => join(layersDir(), name));
}
