import { join } from 'node:path';
import { GATEWAY_STREAMS } from '../gateway-access.ts';
import { GUEST, type BottleSpec, type Mount, type Owner } from '../driver.ts';
import { geteuid, getegid } from 'node:process';
import { isRoot } from '../../host/user.ts';
import { containerName } from './names.ts';
import { AGENT_PLACES, alonePath, hostPlaces } from './places.ts';
import {
  cpusOf,
  expectShort,
  type ContainerOrder,
  type Folder,
  type SocketPair,
  type Tmpfs,
} from './plan.ts';

/** The agent's machine. */

/**
 * The same user inside as outside, so that what the agent writes to its workspace is the caller's: virtiofs shows the host's ids
 * (apple/container#165).
 */
export function agentUser(): Owner {
  return isRoot()
    ? { uid: GUEST.uid, gid: GUEST.gid }
    : { uid: geteuid?.() ?? GUEST.uid, gid: getegid?.() ?? GUEST.gid };
}

/**
 * Of its first program, and of it alone: to open ports below 1024, give the home folder to the agent, become its user without any
 * capability, and signal it. Every program that the runtime starts there has them; ours give them up (assets/apple/confine.pl).
 */
const FIRST_CAPABILITIES = ['CHOWN', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETPCAP', 'SETUID'];

const RUN_BYTES = 16 * 1024 * 1024;

/** What is known when it is made. */
export interface AgentFacts {
  readonly image: string;
  /** What must not be reached, `ADDRESS:PORT`. */
  readonly denied: readonly string[];
  /** Which of the bottle's mounts are single files. */
  readonly isFile: (mount: Mount) => boolean;
}

/** The order for it. Pure but for who runs this. @throws BottleError `rungUnavailable` where it cannot be said */
export function agentOrder(spec: BottleSpec, { image, denied, isFile }: AgentFacts): ContainerOrder {
  const sockets = gatewaySockets(spec.runDir);
  const mountedSockets = [...sockets, ...spec.mounts.filter(({ isSocket }) => isSocket === true)];
  expectShort(mountedSockets);
  const scratch = scratchOf(spec);
  const mounts = [
    { hostPath: hostPlaces(spec.runDir).programDir, guestPath: AGENT_PLACES.program, readOnly: true },
    ...ETC_FILES.map((name) => fileMount({ guestPath: `/etc/${name}`, readOnly: true }, spec.runDir)),
    ...spec.mounts
      .filter(({ isSocket }) => isSocket !== true)
      .map((mount) => (isFile(mount) ? fileMount(mount, spec.runDir) : folderMount(mount))),
  ];
  return {
    name: containerName(spec.id, 'agent'),
    bottleId: spec.id,
    image,
    argv: [...firstProgram(spec, denied), ...insideOptions(scratch, mounts)],
    env: {},
    owner: { uid: 0, gid: 0 },
    cpus: cpusOf(spec.resources.cpus),
    memoryBytes: spec.resources.memoryBytes,
    processes: Math.max(spec.resources.pids, spec.rung.traits.minPids),
    readOnly: true,
    capabilities: FIRST_CAPABILITIES,
    scratch,
    mounts,
    mountedSockets: mountedSockets.map(({ hostPath, guestPath }) => ({ hostPath, guestPath })),
    publishedSockets: [],
    network: 'none',
  };
}

/** Where its gateway's sockets are on the host, and show in it. */
export const gatewaySockets = (runDir: string): readonly SocketPair[] =>
  GATEWAY_STREAMS.map((name) => ({
    hostPath: join(hostPlaces(runDir).socketsDir, name),
    guestPath: `${AGENT_PLACES.sockets}/${name}`,
  }));

function firstProgram({ id, rung }: BottleSpec, denied: readonly string[]): readonly string[] {
  const { uid, gid } = agentUser();
  return [
    ['/usr/bin/perl', `${AGENT_PLACES.program}/apple/first.pl`, '--bottle', id],
    ['--address', rung.traits.gatewayAddress, '--sockets', AGENT_PLACES.sockets],
    ['--home', GUEST.home, '--owner', `${uid}:${gid}`],
    denied.flatMap((place) => ['--deny', place]),
  ].flat();
}

/** What its first program is to see for itself. */
const insideOptions = (scratch: readonly Tmpfs[], mounts: readonly Folder[]): readonly string[] =>
  [
    ...scratch.map(({ guestPath }) => ['--place', `${guestPath}:tmpfs`]),
    ...mounts.map(({ guestPath, readOnly }) => ['--place', `${guestPath}:${readOnly ? 'ro' : 'rw'}`]),
    ...FIRST_CAPABILITIES.map((name) => ['--capability', name]),
  ].flat();

/** What serves a program beside the agent; which program comes to it as a frame. */
export function besideProgram(): readonly string[] {
  const { uid, gid } = agentUser();
  return ['/usr/bin/perl', `${AGENT_PLACES.program}/apple/exec.pl`, '--owner', `${uid}:${gid}`];
}

function scratchOf({ resources, mounts }: BottleSpec): readonly Tmpfs[] {
  const sizeBytes = resources.diskBytes;
  const taken = new Set(mounts.map(({ guestPath }) => guestPath));
  const places = [
    { guestPath: '/tmp', sizeBytes, mode: '1777' },
    { guestPath: '/var/tmp', sizeBytes, mode: '1777' },
    { guestPath: '/run', sizeBytes: RUN_BYTES, mode: '1777' },
    // The first program gives it to the agent.
    { guestPath: GUEST.home, sizeBytes, mode: '0755' },
  ];
  return places.filter(({ guestPath }) => !taken.has(guestPath));
}

/** Files of /etc that are the bottle's own. */
export const ETC_FILES = ['passwd', 'group', 'hosts', 'resolv.conf'] as const;

/** A file lies alone where it is mounted from, as all of its folder comes into the machine. */
const fileMount = (
  { guestPath, readOnly }: Pick<Mount, 'guestPath' | 'readOnly'>,
  runDir: string,
): Folder => ({
  hostPath: alonePath(runDir, guestPath),
  guestPath,
  readOnly,
});

const folderMount = ({ hostPath, guestPath, readOnly }: Mount): Folder => ({ hostPath, guestPath, readOnly });
