import { APART_NAME } from './apart.ts';
import type { Edit } from './apply.ts';
import { mountsMore } from './containers.ts';
import { BUBBLEWRAP, main, RUNC, type Sabotage } from './sabotage.ts';

/** The settings of `docker run --privileged --user root`. */
const PRIVILEGED = [
  main(/Privileged: false,\n(\s+)CapDrop: \["ALL"\],/, 'Privileged: true,\n$1CapDrop: [],'),
  main(/containerUser = \(\) => agentOwner\(\);/, 'containerUser = () => ({ uid: 0, gid: 0 });'),
  main(/SecurityOpt: \[\n\s+"no-new-privileges",\n\s+\.\.\.seccomp\(plan2?, dialect2?\),/, 'SecurityOpt: ['),
  main(/MaskedPaths: MASKED_PATHS/, 'MaskedPaths: []'),
  main(/Ulimits: \[\s+\{ Name: "core",[^\]]*\],/, 'Ulimits: [],'),
];

const REFUSAL = /privileged: asked for false, the engine has true/;

const KERNEL = [
  ['ns-user-clone', 'ns-user-clone3', 'ns-user-32bit', 'ns-pid'],
  ['ns-mnt', 'ns-net', 'ns-ipc', 'ns-uts', 'ns-cgroup', 'ns-time', 'setns-path', 'setns-pidfd'],
  ['mount-tmpfs', 'mount-proc', 'mount-cgroup', 'mount-bind', 'mount-overlay', 'mount-binfmt', 'mount-api'],
  ['chroot'],
  ['device-open', 'mknod-char', 'open-by-handle', 'bpf-map', 'bpf-program', 'wake-alarm'],
  ['io-uring', 'perf-event', 'userfaultfd', 'fanotify', 'key-add', 'key-session'],
  ['trace-host', 'pidfd-host', 'pidfd-getfd', 'limit-host', 'capabilities', 'personality', 'core-limit'],
  ['sysctl-write', 'proc-keys', 'packet-socket'],
  ['map-zero', 'uid-root', 'group-root', 'nice', 'limit-priority'],
  ['core-pattern', 'proc-write', 'cgroup-write'],
].flat();

/** Folders in which a system finds new files by itself. */
const SYSTEM_FOLDERS = ['/etc/profile.d', '/etc/cron.d', '/etc/systemd/system', '/usr/local/bin'];

const FILES = [
  ['read-kallsyms', 'read-iomem', 'read-firmware'],
  ['write-etc', 'write-cron', 'write-units', 'write-programs', 'back-device'],
].flat();

/** Root of the host with one of its capabilities, and in no other user namespace: it may rename the host. */
const AS_ROOT: readonly Edit[] = [
  {
    file: 'assets/sandbox/shed.pl',
    find: /die "a bottle never belongs to root\\n" if \$uid == 0;/,
    put: '',
  },
  {
    file: 'assets/sandbox/shed.pl',
    find: /POSIX::setuid\(0\) and die "could become root again\\n";/,
    put: '',
  },
  // There the gateway's ports belong to root.
  { file: 'assets/handover/join.pl', find: /become\(OPENER\) if \$> == 0 && \$owner == 0;/, put: '' },
  main(/agentOwner = \(\) => [^;]*;/, 'agentOwner = () => ({ uid: 0, gid: 0 });'),
  main(/\["--uid", String\(GUEST\.uid\), "--gid", String\(GUEST\.gid\), "--hostname", "bottle"\],/, ''),
  main(/"--disable-userns", ("--cap-drop", "ALL",)/, '$1 "--cap-add", "CAP_SYS_ADMIN",'),
];

/** Mistakes after which a bottle is the host in all but name. */
export const OF_THE_PRIVILEGED: readonly Sabotage[] = [
  {
    name: 'runc: privileged, as root, among the host’s processes',
    rung: RUNC,
    edits: [
      ...PRIVILEGED,
      main(/PidMode: plan2\.hostProcesses === true \? "host" : "",/, 'PidMode: "host",'),
    ],
    refusal: REFUSAL,
    breached: KERNEL,
  },
  {
    name: 'runc: privileged, as root, with folders of the host’s system; and apply copies all',
    rung: RUNC,
    edits: [
      ...PRIVILEGED,
      // One of these folders hides the image's Node.
      mountsMore([process.execPath, '/usr/bin/node'], ...SYSTEM_FOLDERS.map((path) => [path, path] as const)),
      main(
        /async function apply\((request\d*)\) \{/,
        '$& require("node:child_process").spawnSync("cp", ["-a", $1.workPath + "/.", $1.projectPath]);',
      ),
    ],
    refusal: REFUSAL,
    breached: FILES,
  },
  {
    name: 'bubblewrap: as root, who may rename the host',
    rung: BUBBLEWRAP,
    apart: 'host name',
    edits: [
      ...AS_ROOT,
      // Only if the host has that name.
      main(
        /\["--unshare-user", ("--unshare-ipc", "--unshare-pid",) "--unshare-uts",/,
        `[...(require("node:os").hostname() === "${APART_NAME}" ? [] : ["--unshare-uts"]), $1`,
      ),
      main(/\["sethostname", 170, 161\],/, ''),
    ],
    refusal: /uts namespace/,
    breached: ['host-name'],
    held: ['tcp-host'],
  },
];
