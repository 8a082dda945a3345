import { systemOptions } from '../../host/system/system-folders.ts';
import { GUEST, type BottleSpec, type Mount } from '../driver.ts';
import { mostFilesIn } from '../most-files.ts';
import { FD, type Input, type SandboxCommand, OWN_NAMESPACES } from '../sandbox/command.ts';
import { EMPTY_FOLDER } from '../sandbox/overlays.ts';
import { NO_CAPABILITY, type SandboxPlan } from '../sandbox/readback.ts';
import { runFiles } from '../sandbox/state.ts';
import { HOST_FILES, OWN_FILES } from './etc.ts';
import { GUEST_NODE, type HostFacts } from '../sandbox/facts.ts';
import { limitsFor, type Limits } from './limits.ts';

/** The exact command that makes a bottle, from its specification and facts about the host. Pure. */

/** The bottle's first program and the files that it loads, by guest path, with their names in the package. */
const GUEST_ASSETS: Readonly<Record<string, string>> = {
  '/run/bot-bottle/init.pl': 'bubblewrap/init.pl',
  '/run/bot-bottle/serve.pl': 'sandbox/serve.pl',
  '/run/bot-bottle/program.pl': 'sandbox/program.pl',
  '/run/bot-bottle/fds.pl': 'handover/fds.pl',
};

const SHM_BYTES = 64 * 1024 * 1024;

export interface StartPlan extends SandboxCommand, SandboxPlan {
  readonly limits: Limits;
}

export interface PlanContext {
  readonly facts: HostFacts;
  /** Finds a file of the package. */
  readonly assetPath: (name: string) => string;
  /** Guest paths of Unix sockets and FIFOs in mounted folders; a process outside may have the other end. */
  readonly sockets: readonly string[];
  /** Guest paths of folders that are mounted through an overlay. */
  readonly overlaid: readonly string[];
}

/** The command that makes the bottle, and lets its first program wait for the agent. */
export function planStart(spec: BottleSpec, context: PlanContext): StartPlan {
  const { facts } = context;
  const { uid, gid } = facts.owner;
  const limits = limitsFor(spec, facts);
  const mounts = facts.node === undefined ? spec.mounts : [facts.node, ...spec.mounts];
  const { options, inputs } = bwrapOptions(spec, { ...context, mounts });
  const args = [
    [context.assetPath('sandbox/start.pl'), '--socket', runFiles(spec.runDir).control],
    ['--socket-fd', String(FD.control), '--last-fd', String(FD.firstInput + inputs.length - 1)],
    ['--owner', `${uid}:${gid}`],
    facts.launchedByRoot ? mounts.flatMap((mount) => ['--stage', mount.hostPath]) : [],
    ['--', ...limits.outside, 'bwrap', ...options],
    ['--', ...limits.inside, '/usr/bin/perl', '/run/bot-bottle/init.pl', String(FD.life), String(FD.control)],
    [`BOT_BOTTLE_ID=${spec.id}`],
  ].flat();
  const written = mounts.filter((mount) => !mount.readOnly).map((mount) => mount.guestPath);
  const writable = ['/tmp', GUEST.home, '/dev/shm', '/dev/pts', '/proc', ...written];
  const { diskBytes } = spec.resources;
  const folderSizes = { '/tmp': diskBytes, [GUEST.home]: diskBytes, '/dev/shm': SHM_BYTES };
  const mostFiles = mostFilesIn(folderSizes);
  const inside = { uid: GUEST.uid, gid: GUEST.gid };
  const network = { boundingSet: NO_CAPABILITY, links: [], devices: [] };
  const { overlaid } = context;
  return {
    program: 'perl',
    args,
    inputs,
    limits,
    writable,
    folderSizes,
    mostFiles,
    inside,
    overlaid,
    ...network,
  };
}

interface Options {
  readonly options: readonly string[];
  readonly inputs: readonly Input[];
}

/**
 * Options of bwrap(1). Their order matters: each mount covers earlier ones, and the root folder becomes read-only last.
 */
function bwrapOptions(
  spec: BottleSpec,
  { facts, sockets, mounts }: PlanContext & { readonly mounts: readonly Mount[] },
): Options {
  const inputs: Input[] = [];
  const input = (next: Input): string => String(FD.firstInput + inputs.push(next) - 1);
  const file = (path: string, content: Input): string[] => [
    '--perms',
    '0444',
    '--ro-bind-data',
    input(content),
    path,
  ];
  const options = [
    NAMESPACES,
    baseMounts(spec, facts),
    Object.entries(OWN_FILES).flatMap(([path, text]) => file(path, { kind: 'text', text })),
    Object.entries(GUEST_ASSETS).flatMap(([path, name]) => file(path, { kind: 'asset', name })),
    mounts.flatMap((mount, index) => bind(mount, facts.launchedByRoot ? `/tmp/${index}` : mount.hostPath)),
    sockets.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ['--remount-ro', '/', '--chdir', '/'],
    ['--seccomp', input({ kind: 'filter' }), '--info-fd', String(FD.info)],
  ].flat();
  return { options, inputs };
}

function bind({ guestPath, readOnly }: Mount, hostPath: string): readonly string[] {
  return [readOnly ? '--ro-bind' : '--bind', hostPath, guestPath];
}

const NAMESPACES: readonly string[] = [
  OWN_NAMESPACES,
  ['--uid', String(GUEST.uid), '--gid', String(GUEST.gid), '--hostname', 'bottle'],
  ['--disable-userns', '--cap-drop', 'ALL', '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin'],
].flat();

/** Folders with a mode: created only as parents of a mount, they would be accessible only to root. */
const OWN_FOLDERS = ['/etc', '/home', '/var', '/run', '/run/bot-bottle', EMPTY_FOLDER];

function baseMounts(spec: BottleSpec, facts: HostFacts): readonly string[] {
  const size = String(spec.resources.diskBytes);
  return [
    OWN_FOLDERS.flatMap((path) => ['--perms', '0755', '--dir', path]),
    systemOptions(facts.system),
    HOST_FILES.flatMap((path) => ['--ro-bind-try', path, path]),
    // The owner of the namespace can write some kernel settings.
    ['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys'],
    facts.maskedProc.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    // --dev is a writable tmpfs of half the memory, including /dev/shm.
    ['--dev', '/dev', '--perms', '1777', '--size', String(SHM_BYTES), '--tmpfs', '/dev/shm'],
    ['--remount-ro', '/dev'],
    ['--perms', '1777', '--size', size, '--tmpfs', '/tmp', '--symlink', '../tmp', '/var/tmp'],
    ['--perms', '0700', '--size', size, '--tmpfs', GUEST.home],
  ].flat();
}

/** The program's environment: the given variables, with the folder of this rung's Node in PATH. */
export function programEnv(
  env: Readonly<Record<string, string>>,
  { node }: Pick<HostFacts, 'node'>,
): Readonly<Record<string, string>> {
  const path = env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  return { ...env, PATH: node === undefined ? path : `${GUEST_NODE}/bin:${path}` };
}
