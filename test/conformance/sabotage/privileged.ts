import { mountsMore } from './containers.ts';
import { main, RUNC, type Sabotage } from './sabotage.ts';

/** As `docker run --privileged --user root` has it. */
const PRIVILEGED = [
  main(/Privileged: false,\n(\s+)CapDrop: \["ALL"\],/, 'Privileged: true,\n$1CapDrop: [],'),
  main(/function containerUser\(\) \{/, '$& return { uid: 0, gid: 0 };'),
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

/** Where a system comes upon what is added. */
const SYSTEM_FOLDERS = ['/etc/profile.d', '/etc/cron.d', '/etc/systemd/system', '/usr/local/bin'];

const FILES = [
  ['read-kallsyms', 'read-iomem', 'read-firmware'],
  ['write-etc', 'write-cron', 'write-units', 'write-programs', 'back-device'],
].flat();

/** Of a container that is the host's in all but name. */
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
      // The image's Node lies in one of them.
      mountsMore([process.execPath, '/usr/bin/node'], ...SYSTEM_FOLDERS.map((path) => [path, path] as const)),
      main(
        /async function apply\((request\d*)\) \{/,
        '$& require("node:child_process").spawnSync("cp", ["-a", $1.workPath + "/.", $1.projectPath]);',
      ),
    ],
    refusal: REFUSAL,
    breached: FILES,
  },
];
