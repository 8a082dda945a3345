import { GUEST, type BottleSpec } from '../driver.ts';
import { systemFoldersIn, systemOptions } from '../../host/system/system-folders.ts';
import { FD, type Input, type SandboxCommand, OWN_NAMESPACES } from '../sandbox/command.ts';
import { mostFilesIn } from '../most-files.ts';
import { EMPTY_FOLDER } from '../sandbox/overlays.ts';
import type { SandboxPlan } from '../sandbox/readback.ts';
import { deviceOptions, type Shown } from '../sandbox/confined.ts';
import type { HostFacts } from '../sandbox/facts.ts';
import { runFiles } from '../sandbox/state.ts';
import { WORK_BYTES, workDiskBytes } from './files/layout.ts';
import type { OwnGroup } from './group/plan.ts';
import { machineLimits, type MachineLimits } from './limits.ts';
import { sshConfig, type SshKeys } from './ssh.ts';
import { LINK, VM, type Machine } from './vmm/machine.ts';

/**
 * Plans the exact command that makes a bottle: a bubblewrap with the files of one machine and no others, and a network
 * with only the machine's interface. In it run the VMM and the attendant, which reaches the machine by ssh. Pure.
 */

/** Files of the package in the sandbox, besides the system's folders: path in the sandbox, and name of the asset. */
const ASSETS: Readonly<Record<string, string>> = {
  '/run/bot-bottle/tap.pl': 'microvm/tap.pl',
  '/run/bot-bottle/attendant.pl': 'microvm/attendant.pl',
  '/run/bot-bottle/serve.pl': 'sandbox/serve.pl',
  '/run/bot-bottle/program.pl': 'sandbox/program.pl',
  '/run/bot-bottle/fds.pl': 'handover/fds.pl',
};

/** Arguments of tap.pl. */
export const TAP_ARGUMENTS: readonly string[] = [
  '--name',
  LINK.tapName,
  '--address',
  LINK.gatewayAddress,
  '--bits',
  String(LINK.bits),
];
const TMP_BYTES = 1024 ** 2;
const SHM_BYTES = 1024 ** 2;
/** Only CAP_NET_ADMIN, which makes the interface. tap.pl gives it up for good before anything else runs. */
const BOUNDING_SET = '0000000000001000';

/** Paths of the machine's files on the host. */
export interface MachineFiles {
  readonly kernelPath: string;
  readonly initrdPath: string;
  readonly basePath: string;
  readonly filesPath: string;
  readonly scratchPath: string;
  readonly workPath: string;
  /** The disk specific to this bottle: see guest/initramfs.ts. */
  readonly ownPath: string;
  /** A folder for the tars that are brought out. */
  readonly outDir: string;
}

export interface PlanContext {
  readonly facts: Pick<HostFacts, 'owner' | 'launchedByRoot' | 'system' | 'cpus' | 'hardLimits'>;
  readonly assetPath: (name: string) => string;
  readonly hasKvm: boolean;
  /** Files that the sandbox shows besides the machine's files. */
  readonly shown: readonly Shown[];
  /** The VMM's command line for this machine. */
  readonly vmmCommand: (machine: Machine) => readonly string[];
  readonly files: MachineFiles;
  /** As in `Room` (make.ts). */
  readonly workBytes: number;
  readonly keys: Pick<SshKeys, 'identity' | 'knownHost'>;
  /** The control group, already made. Undefined: there is none. */
  readonly group: OwnGroup | undefined;
}

export interface StartPlan extends SandboxCommand, SandboxPlan {
  readonly machine: Machine;
  readonly evidence: MachineLimits['evidence'];
}

/** Returns the numbers of the mounts that a bottle may write to, which are brought out afterwards. */
export const writablePlaces = ({ mounts }: Pick<BottleSpec, 'mounts'>): readonly number[] =>
  mounts.flatMap(({ readOnly }, number) => (readOnly ? [] : [number]));

/** Plans the start of a bottle's machine. Pure. */
export function planStart(spec: BottleSpec, context: PlanContext): StartPlan {
  const { assetPath } = context;
  const { owner, launchedByRoot } = context.facts;
  const fileBytes = [workDiskBytes(context.workBytes), WORK_BYTES];
  const limits = machineLimits(spec, { ...context.facts, fileBytes });
  const machine = machineOf(limits);
  const binds = [...bindsOf(context.files), ...context.shown];
  const { options, inputs } = bwrapOptions(context, binds);
  const args = [
    [assetPath('sandbox/start.pl'), '--socket', runFiles(spec.runDir).control],
    ['--socket-fd', String(FD.control), '--last-fd', String(FD.firstInput + inputs.length - 1)],
    ['--owner', `${owner.uid}:${owner.gid}`],
    (context.group?.folders ?? []).flatMap(({ path }) => ['--group', path]),
    launchedByRoot ? binds.flatMap(({ hostPath }) => ['--stage', hostPath]) : [],
    launchedByRoot ? devicesOf(context).flatMap((path) => ['--device', path]) : [],
    ['--', ...limits.outside, 'bwrap', ...options, '--', ...limits.inside],
    ['/usr/bin/perl', '/run/bot-bottle/tap.pl', ...TAP_ARGUMENTS, '--'],
    ['/usr/bin/perl', '/run/bot-bottle/attendant.pl', String(FD.life), String(FD.control)],
    [`BOT_BOTTLE_ID=${spec.id}`, LINK.address, writablePlaces(spec).join(','), String(WORK_BYTES)],
    '--',
    context.vmmCommand(machine),
  ].flat();
  const folderSizes = { '/tmp': TMP_BYTES, '/dev/shm': SHM_BYTES };
  return {
    program: 'perl',
    machine,
    args,
    inputs,
    limits: { expected: limits.expected, cpus: limits.allowedCpus },
    evidence: limits.evidence,
    writable: ['/tmp', '/dev/shm', '/dev/pts', '/proc', VM.scratch, VM.work, VM.own, VM.out],
    folderSizes,
    mostFiles: mostFilesIn(folderSizes),
    inside: { uid: 0, gid: 0 },
    boundingSet: BOUNDING_SET,
    links: [LINK.tapName],
    devices: devicesOf(context),
    overlaid: systemFoldersIn(context.facts.system),
  };
}

const machineOf = ({ cpus, memoryMib }: MachineLimits): Machine => ({
  cpus,
  memoryMib,
  kernelPath: VM.kernel,
  initrdPath: VM.initrd,
  disks: [
    { path: VM.base, readOnly: true },
    { path: VM.scratch, readOnly: false },
    { path: VM.files, readOnly: true },
    { path: VM.work, readOnly: false },
    { path: VM.own, readOnly: false },
  ],
  tapName: LINK.tapName,
});

/** Returns where the sandbox shows each file to the VMM. Pure. */
export const bindsOf = (files: MachineFiles): readonly Shown[] => [
  { hostPath: files.kernelPath, path: VM.kernel, readOnly: true },
  { hostPath: files.initrdPath, path: VM.initrd, readOnly: true },
  { hostPath: files.basePath, path: VM.base, readOnly: true },
  { hostPath: files.filesPath, path: VM.files, readOnly: true },
  { hostPath: files.scratchPath, path: VM.scratch, readOnly: false },
  { hostPath: files.workPath, path: VM.work, readOnly: false },
  { hostPath: files.ownPath, path: VM.own, readOnly: false },
  { hostPath: files.outDir, path: VM.out, readOnly: false },
];

const bindOption = ({ path, readOnly }: Shown, hostPath: string): readonly string[] => [
  readOnly ? '--ro-bind' : '--bind',
  hostPath,
  path,
];

const devicesOf = ({ hasKvm }: PlanContext): readonly string[] =>
  hasKvm ? ['/dev/net/tun', '/dev/kvm'] : ['/dev/net/tun'];

/** Returns bwrap(1)'s options. Order matters: the last mount operation makes the root folder read-only. */
function bwrapOptions(
  context: PlanContext,
  binds: readonly Shown[],
): { readonly options: readonly string[]; readonly inputs: readonly Input[] } {
  const inputs: Input[] = [];
  const input = (next: Input): string => String(FD.firstInput + inputs.push(next) - 1);
  const file = (path: string, perms: string, content: Input): readonly string[] => [
    '--perms',
    perms,
    '--ro-bind-data',
    input(content),
    path,
  ];
  const texts = Object.entries(textsOf(context.keys));
  const options = [
    NAMESPACES,
    ['/etc', '/run', '/run/bot-bottle', EMPTY_FOLDER, '/vm'].flatMap((path) => [
      '--perms',
      '0755',
      '--dir',
      path,
    ]),
    systemOptions(context.facts.system),
    ['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ['--ro-bind-try', '/etc/alternatives', '/etc/alternatives'],
    [
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      '--perms',
      '0700',
      '--size',
      String(SHM_BYTES),
      '--tmpfs',
      '/dev/shm',
    ],
    deviceOptions(devicesOf(context), context.facts.launchedByRoot),
    ['--remount-ro', '/dev', '--perms', '0700', '--size', String(TMP_BYTES), '--tmpfs', '/tmp'],
    Object.entries(ASSETS).flatMap(([path, name]) => file(path, '0444', { kind: 'asset', name })),
    texts.flatMap(([path, text]) => file(path, '0400', { kind: 'text', text })),
    binds.flatMap((bind, index) =>
      bindOption(bind, context.facts.launchedByRoot ? `/tmp/${index}` : bind.hostPath),
    ),
    ['--remount-ro', '/', '--chdir', '/', '--seccomp', input({ kind: 'filter' })],
    ['--info-fd', String(FD.info)],
  ].flat();
  return { options, inputs };
}

/**
 * Root in the sandbox until the interface exists. For another user, bubblewrap would make a second namespace, without
 * capabilities.
 */
const NAMESPACES: readonly string[] = [
  OWN_NAMESPACES,
  ['--uid', '0', '--gid', '0', '--hostname', 'machine', '--cap-drop', 'ALL', '--cap-add', 'CAP_NET_ADMIN'],
  ['--clearenv', '--setenv', 'PATH', '/usr/sbin:/usr/bin:/bin'],
].flat();

/** Passed by descriptors, so that no file of the host has the key when the machine starts. */
const textsOf = ({ identity, knownHost }: PlanContext['keys']): Readonly<Record<string, string>> => ({
  '/etc/passwd': `root:x:0:0:${GUEST.user}:/tmp:/usr/sbin/nologin\n`,
  [VM.sshConfig]: sshConfig({
    identityPath: VM.sshKey,
    knownHostsPath: VM.knownHosts,
    controlPath: '/tmp/ssh',
  }),
  [VM.sshKey]: identity,
  [VM.knownHosts]: knownHost,
});
