import { join } from 'node:path';
import type { NodeShare } from '../../host/system/node-installation.ts';
import { GATEWAY_ENV, GATEWAY_FLAGS } from '../../host/system/gateway-node.ts';
import { KERNEL_TABLES, PROC_NET } from '../../host/system/own-addresses.ts';
import { systemOptions, type SystemEntry } from '../../host/system/system-folders.ts';
import type { Owner } from '../../host/user.ts';

/**
 * Confines a gateway on the host in a separate bubblewrap. The gateway reads what a hostile agent sends, so of the host
 * it gets only the network, the system's folders, read-only, and the three folders that it writes to. Pure.
 */

export interface Confinement {
  readonly bottleId: string;
  /** The real path of Node. */
  readonly nodePath: string;
  /** The part of Node's folder that the gateway sees, if Node is outside of the system's folders. */
  readonly nodeShare: NodeShare | undefined;
  /** The bundled gateway, one file. */
  readonly programPath: string;
  /** The folder with relay.pl. */
  readonly relayDir: string;
  readonly handoverDir: string;
  readonly auditDir: string;
  readonly controlDir: string;
  readonly trustPath: string;
  /** The folders of the host's system that the gateway sees. */
  readonly system: readonly SystemEntry[];
  /**
   * Set if root launches: the user that the gateway becomes. Otherwise it keeps the launching user, in a user
   * namespace.
   */
  readonly dropTo: Owner | undefined;
  /** RLIMIT_DATA. */
  readonly maxDataBytes: number;
}

/** Descriptors of the started program besides the standard three. */
export const DESCRIPTOR = { info: 3, config: 4 } as const;

/** Paths inside. */
export const INSIDE = {
  program: '/gateway/gateway.cjs',
  config: '/gateway/config.json',
  trust: '/gateway/trust.pem',
  relay: '/gateway/handover',
  node: '/node',
  handover: '/run/handover',
  audit: '/run/audit',
  control: '/run/control',
  hostTables: '/gateway/host-net',
} as const;

/** Files with which the host configures name lookups: those of the methods that work from files. */
const RESOLVER_FILES = [
  '/etc/resolv.conf',
  '/etc/hosts',
  '/etc/nsswitch.conf',
  '/etc/host.conf',
  '/etc/gai.conf',
];

/** The arguments of `bwrap`. */
export function confinedCall(confinement: Confinement): readonly string[] {
  return [
    namespaces(confinement.dropTo),
    environment(confinement.bottleId),
    // Created explicitly: implicit parents of a mount are open to root only.
    ['/etc', '/run', '/gateway'].flatMap((path) => ['--dir', path]),
    hostFiles(confinement),
    ownFiles(confinement),
    ['--remount-ro', '/', '--chdir', '/', '--as-pid-1', '--info-fd', String(DESCRIPTOR.info), '--'],
    confinement.dropTo === undefined ? [] : dropCall(confinement.dropTo),
    limitCall(confinement.maxDataBytes),
    [nodeInside(confinement), ...GATEWAY_FLAGS, INSIDE.program, INSIDE.config],
  ].flat();
}

const limitCall = (bytes: number): readonly string[] => ['/usr/bin/prlimit', `--data=${bytes}:${bytes}`];

/** Root makes the mounts as root, because its folders are closed to others, and then drops its privileges for good. */
function namespaces(dropTo: Owner | undefined): readonly string[] {
  const all = ['--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try'];
  const asUser = ['--unshare-user', '--disable-userns', '--cap-drop', 'ALL'];
  return [...all, ...(dropTo === undefined ? asUser : []), '--hostname', 'gateway'];
}

function dropCall({ uid, gid }: Owner): readonly string[] {
  const ids = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  return ['setpriv', ...ids, '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
}

function environment(bottleId: string): readonly string[] {
  const variables = {
    PATH: '/usr/bin:/bin',
    BOT_BOTTLE_ID: bottleId,
    ...GATEWAY_ENV,
  };
  return ['--clearenv', ...Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value])];
}

function hostFiles({ system, nodeShare }: Confinement): readonly string[] {
  return [
    systemOptions(system),
    ['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    RESOLVER_FILES.flatMap((path) => ['--ro-bind-try', path, path]),
    // The tables of this host's own addresses, and no more: a complete /proc would reveal the host's processes.
    Object.values(KERNEL_TABLES)
      .map((name) => join(PROC_NET, name))
      .flatMap((path) => ['--ro-bind-try', path, path]),
    nodeShare === undefined ? [] : nodeFiles(nodeShare),
    ['--dev', '/dev', '--remount-ro', '/dev'],
  ].flat();
}

function ownFiles({
  programPath,
  relayDir,
  handoverDir,
  auditDir,
  controlDir,
  trustPath,
}: Confinement): readonly string[] {
  return [
    ['--ro-bind', programPath, INSIDE.program],
    ['--ro-bind', relayDir, INSIDE.relay],
    ['--ro-bind', trustPath, INSIDE.trust],
    // From a pipe: only the gateway needs it.
    ['--perms', '0444', '--ro-bind-data', String(DESCRIPTOR.config), INSIDE.config],
    ['--bind', handoverDir, INSIDE.handover],
    ['--bind', auditDir, INSIDE.audit],
    ['--bind', controlDir, INSIDE.control],
  ].flat();
}

function nodeFiles({ hostPath, below }: NodeShare): readonly string[] {
  const parents = below === '' ? [] : ['--dir', INSIDE.node, '--dir', `${INSIDE.node}/bin`];
  return [...parents, '--ro-bind', hostPath, INSIDE.node + below];
}

function nodeInside({ nodePath, nodeShare }: Confinement): string {
  return nodeShare === undefined ? nodePath : `${INSIDE.node}/bin/node`;
}
