import { LINK } from './machine.ts';

/**
 * What a VMM runs in: a bubblewrap with the files of its machine and no others, and a network in which there is the
 * machine's interface and nothing else. Whoever breaks out of the machine is there.
 */

export interface SandboxOrder {
  /** Of the host, for whoever it runs as. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Files of the host; root shows them to the owner, who may not be let through to where they are. */
  readonly files: readonly SandboxFile[];
  readonly isRoot: boolean;
  readonly assetPath: (name: string) => string;
  readonly vmm: readonly string[];
}

export interface SandboxFile {
  readonly hostPath: string;
  /** Where the VMM finds it. */
  readonly path: string;
  readonly readOnly: boolean;
}

const ASSETS = { tap: 'microvm/tap.pl', fds: 'handover/fds.pl' } as const;
const INSIDE = '/run/bot-bottle';
/** Where bubblewrap says which process is the first in it. */
export const INFO_FD = 3;

/** The command. Pure. */
export function sandboxCommand(order: SandboxOrder): readonly string[] {
  const { owner, isRoot, assetPath, vmm } = order;
  const assets = Object.values(ASSETS).map((name) => ({
    hostPath: assetPath(name),
    path: `${INSIDE}/${name}`,
    readOnly: true,
  }));
  const files = [...assets, ...order.files];
  const tap = ['--name', LINK.tapName, '--address', LINK.gatewayAddress, '--bits', String(LINK.bits)];
  return [
    [
      'perl',
      assetPath('sandbox/start.pl'),
      '--last-fd',
      String(INFO_FD),
      '--owner',
      `${owner.uid}:${owner.gid}`,
    ],
    isRoot ? files.flatMap(({ hostPath }) => ['--stage', hostPath]) : [],
    ['--', 'bwrap', '--info-fd', String(INFO_FD), ...NAMESPACES, ...SYSTEM],
    files.flatMap(({ hostPath, path, readOnly }, index) => [
      readOnly ? '--ro-bind' : '--bind',
      isRoot ? `/tmp/${index}` : hostPath,
      path,
    ]),
    ['--remount-ro', '/', '--chdir', '/'],
    ['--', '/usr/bin/perl', `${INSIDE}/${ASSETS.tap}`, ...tap, '--', ...vmm],
  ].flat();
}

/** Root in there, for as long as it takes to make the interface: of another user its bubblewrap would make a second one, without power. */
const NAMESPACES: readonly string[] = [
  ['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup', '--unshare-net'],
  ['--uid', '0', '--gid', '0', '--hostname', 'machine', '--new-session', '--die-with-parent', '--as-pid-1'],
  ['--cap-drop', 'ALL', '--cap-add', 'CAP_NET_ADMIN', '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin'],
].flat();

const SYSTEM: readonly string[] = [
  ['--ro-bind', '/usr', '/usr', '--symlink', 'usr/lib', '/lib', '--symlink', 'usr/bin', '/bin'],
  ['--symlink', 'usr/lib64', '/lib64', '--proc', '/proc', '--dev', '/dev'],
  ['--dev-bind', '/dev/net/tun', '/dev/net/tun', '--dev-bind-try', '/dev/kvm', '/dev/kvm', '--tmpfs', '/tmp'],
].flat();
