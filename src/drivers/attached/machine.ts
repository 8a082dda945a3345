import { agentOwner } from '../../host/user.ts';
import { GUEST, type BottleSpec } from '../driver.ts';

/**
 * A closed machine, in which bot-bottle's own small programs (assets/attached) run; they come as a folder. Pure, except
 * that it depends on the current user.
 */

/*
 * The agent's user (`agentOwner`) has the same id inside as outside, so that the caller owns what the agent writes to
 * its workspace: virtiofs shows the host's ids (apple/container#165). For root, it is an id that no user of the host
 * has: a user of the host with that id could read and change those files. This also holds on a Mac, where the agent's
 * processes are those of a machine, and only its files are the host's.
 */

/** The path of that folder in the machine. */
export const PROGRAM_DIR = '/.bot-bottle';

const PERL = '/usr/bin/perl';

/** The command that runs one of them, by its name below assets. */
export const perlCall = (name: string, ...args: readonly string[]): readonly string[] => [
  PERL,
  `${PROGRAM_DIR}/${name}`,
  ...args,
];

/**
 * Capabilities only for bot-bottle's programs: to open ports below 1024, give the home folder to the agent, become the
 * agent's user without any capability, and signal it. Every program that the runtime starts there has them;
 * bot-bottle's programs drop them (assets/attached/confine.pl).
 */
export const OWN_CAPABILITIES: readonly string[] = [
  'CHOWN',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETPCAP',
  'SETUID',
];

export interface Tmpfs {
  readonly guestPath: string;
  readonly sizeBytes: number;
  /** Octal, such as `1777`; the owner is root. */
  readonly mode: string;
}

const RUN_BYTES = 16 * 1024 * 1024;

/** The writable folders of a bottle, except mounted ones. */
export function scratchOf({ resources, mounts }: Pick<BottleSpec, 'resources' | 'mounts'>): readonly Tmpfs[] {
  const sizeBytes = resources.diskBytes;
  const taken = new Set(mounts.map(({ guestPath }) => guestPath));
  const places = [
    { guestPath: '/tmp', sizeBytes, mode: '1777' },
    { guestPath: '/var/tmp', sizeBytes, mode: '1777' },
    { guestPath: '/run', sizeBytes: RUN_BYTES, mode: '1777' },
    // bot-bottle's program gives it to the agent.
    { guestPath: GUEST.home, sizeBytes, mode: '0755' },
  ];
  return places.filter(({ guestPath }) => !taken.has(guestPath));
}

/** The mounts in the machine that the closing program must verify. */
interface Places {
  readonly scratch: readonly Pick<Tmpfs, 'guestPath'>[];
  readonly mounts: readonly { readonly guestPath: string; readonly readOnly: boolean }[];
}

/** Arguments of the program that closes the machine and reports what it has verified. */
export function closingOptions(
  { id, rung }: BottleSpec,
  { scratch, mounts }: Places,
  denied: readonly string[],
): readonly string[] {
  const { uid, gid } = agentOwner();
  return [
    ['--bottle', id, '--address', rung.traits.gatewayAddress],
    ['--home', GUEST.home, '--owner', `${uid}:${gid}`],
    denied.flatMap((place) => ['--deny', place]),
    scratch.flatMap(({ guestPath }) => ['--place', `${guestPath}:tmpfs`]),
    mounts.flatMap(({ guestPath, readOnly }) => ['--place', `${guestPath}:${readOnly ? 'ro' : 'rw'}`]),
    OWN_CAPABILITIES.flatMap((name) => ['--capability', name]),
  ].flat();
}

/** The command that serves a program in the machine, the agent or one beside it; a frame tells which program. */
export function besideProgram(): readonly string[] {
  const { uid, gid } = agentOwner();
  return perlCall('attached/exec.pl', '--owner', `${uid}:${gid}`);
}

/** The bottle's own files in /etc. */
export const ETC_FILES = ['passwd', 'group', 'hosts', 'resolv.conf'] as const;

/** The content of these files. Only the gateway resolves names. `hostname`: the machine's name. */
export function etcContent(
  { rung }: Pick<BottleSpec, 'rung'>,
  hostname: string,
): Readonly<Record<(typeof ETC_FILES)[number], string>> {
  const { uid, gid } = agentOwner();
  return {
    passwd:
      `root:x:0:0:root:/root:/bin/sh\n${GUEST.user}:x:${uid}:${gid}::${GUEST.home}:/bin/sh\n` +
      'nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
    group: `root:x:0:\n${GUEST.user}:x:${gid}:\nnogroup:x:65534:\n`,
    hosts: `127.0.0.1 localhost ${hostname}\n::1 localhost\n`,
    'resolv.conf': `nameserver ${rung.traits.gatewayAddress}\noptions timeout:2 attempts:2\n`,
  };
}
