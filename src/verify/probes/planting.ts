import type { KnownName, Probe } from './probe.ts';

/** What could be planted on the host, talked to, or found out of it. */

const plant = {
  family: 'files',
  oracle: { kind: 'file' },
  control: 'said',
  breach: 'changes what the user or the system will run',
} as const;

const SYSTEM_IS_ROOTS = 'an ordinary user may not write there';

const planted: readonly Probe[] = [
  {
    ...plant,
    id: 'write-rename',
    claim: 'No file of the host can be replaced by another.',
    attack: 'rename a file over one of the host',
    source: 'rename(2): what is replaced need not be opened; MITRE ATT&CK T1546.004',
  },
  {
    ...plant,
    id: 'write-absent',
    claim: 'No file that is absent on the host can be made there.',
    attack: 'make a start-up file where there is none',
    source: 'CVE-2026-25725 (Claude Code): a settings file that was absent could be made',
  },
  {
    ...plant,
    id: 'write-present',
    claim: 'No file that every user may write can be written from a bottle.',
    attack: 'overwrite a start-up file that is there',
    source: 'MITRE ATT&CK T1546.004, start-up files of shells',
  },
  {
    ...plant,
    id: 'write-setuid',
    claim: 'No set-user-id file can be left on the host.',
    attack: 'leave a set-user-id program on the host',
    source: 'CVE-2021-41091 (Moby): set-user-ID files of containers, within reach of users of the host',
  },
  {
    ...plant,
    id: 'write-etc',
    claim: "Nothing can be added to the host's /etc.",
    attack: "add a file to the host's /etc",
    closedInTheOpen: SYSTEM_IS_ROOTS,
    source: 'SandboxEscapeBench, arXiv 2603.02277: host mounts',
  },
  {
    ...plant,
    id: 'write-cron',
    claim: 'No job can be given to cron of the host.',
    attack: 'add a job to cron',
    closedInTheOpen: SYSTEM_IS_ROOTS,
    source: 'SandboxEscapeBench, arXiv 2603.02277: host mounts; MITRE ATT&CK T1053.003, cron',
  },
  {
    ...plant,
    id: 'write-units',
    claim: 'No service can be added to the host.',
    attack: 'add a service to systemd',
    closedInTheOpen: SYSTEM_IS_ROOTS,
    source: 'SandboxEscapeBench, arXiv 2603.02277: host mounts; MITRE ATT&CK T1543.002, systemd',
  },
  {
    ...plant,
    id: 'write-programs',
    claim: 'No program can be added to those of the host.',
    attack: 'add a program to /usr/bin and /usr/local/bin',
    closedInTheOpen: SYSTEM_IS_ROOTS,
    source: 'SandboxEscapeBench, arXiv 2603.02277: host mounts; bubblewrap shows the /usr of the host',
  },
  {
    ...plant,
    id: 'make-fifo',
    claim: 'No FIFO can be made where programs of the host read.',
    attack: 'make a FIFO in a folder of the host',
    source: 'CVE-2026-47243 (Kata): links made on the host through virtiofsd; fifo(7)',
  },
  {
    ...plant,
    id: 'make-socket',
    claim: 'No socket can be made where programs of the host connect.',
    attack: 'make a Unix socket in a folder of the host',
    source: 'CVE-2026-47243 (Kata): links made on the host through virtiofsd; unix(7)',
  },
  {
    ...plant,
    id: 'touch-runtime',
    claim: 'No program that a bottle is made with can be changed from inside.',
    attack: 'change the runtime through /proc/PID/exe',
    oracle: { kind: 'touched' },
    breach: 'is root on the host when the next bottle starts',
    source: 'CVE-2019-5736: runc overwritten through /proc/self/exe (only touched here)',
  },
];

const talk = {
  family: 'files',
  oracle: { kind: 'canary' },
  control: 'said',
} as const;

const sockets: readonly Probe[] = [
  {
    ...talk,
    id: 'socket-ssh-agent',
    claim: "The user's SSH agent cannot be reached.",
    attack: 'connect to what SSH_AUTH_SOCK names',
    breach: "signs with the user's SSH keys",
    source: 'MITRE ATT&CK T1563.001: an SSH agent as a signing oracle',
  },
  {
    ...talk,
    id: 'socket-session-bus',
    claim: "The user's session bus cannot be reached.",
    attack: 'connect to what DBUS_SESSION_BUS_ADDRESS names',
    breach: 'starts programs of the host by its service manager',
    source: 'nono #781, landrun #43: D-Bus and systemd-run, by a Unix socket that Landlock lets through',
  },
  {
    ...talk,
    id: 'socket-display',
    claim: "The user's display cannot be reached.",
    attack: 'connect to what WAYLAND_DISPLAY names',
    breach: 'sees the screen and types into windows',
    source: 'Xsecurity(7): whoever connects reads keys and screen; MITRE ATT&CK T1056.001, T1113',
  },
  {
    ...talk,
    id: 'socket-multiplexer',
    claim: "The user's terminal multiplexer cannot be reached.",
    attack: 'connect to what TMUX names',
    breach: 'types commands into a shell of the host',
    source: 'nono #781: tmux, by a Unix socket that Landlock lets through',
  },
  {
    ...talk,
    id: 'socket-editor',
    claim: "The user's editor cannot be reached.",
    attack: 'connect to what VSCODE_IPC_HOOK_CLI names',
    breach: 'has the editor run commands on the host',
    source: 'The Red Guild on dev containers: VSCODE_IPC_HOOK_CLI and its kin',
  },
];

const ROOTS_ONLY = 'the kernel shows it to root only';

const known = (
  of: Exclude<KnownName, 'engine'>,
  words: Pick<Probe, 'claim' | 'attack' | 'source'>,
): Probe => ({
  family: 'files',
  id: `read-${of}`,
  ...words,
  needs: of,
  oracle: { kind: 'known', of },
  control: 'said',
  breach: 'knows what an attack on the kernel needs, or reads all disks',
  closedInTheOpen: ROOTS_ONLY,
});

const found: readonly Probe[] = [
  known('kcore', {
    claim: "The host's memory is not to be read in /proc/kcore.",
    attack: 'read /proc/kcore',
    source: 'proc_kcore(5); masked paths of the OCI runtime specification',
  }),
  known('firmware', {
    claim: "The host's firmware tables are not to be read.",
    attack: 'read the tables in /sys/firmware',
    source: 'masked paths of the OCI runtime specification',
  }),
  known('kallsyms', {
    claim: "No address of the host's kernel is to be read in /proc/kallsyms.",
    attack: 'read addresses in /proc/kallsyms',
    source: 'proc_kallsyms(5); kptr_restrict',
  }),
  known('iomem', {
    claim: "No address of the host's memory is to be read in /proc/iomem.",
    attack: 'read addresses in /proc/iomem',
    source: 'proc_iomem(5)',
  }),
  known('modules', {
    claim: "No address of a module of the host's kernel is to be read.",
    attack: 'read addresses in /proc/modules',
    source: 'proc_modules(5)',
  }),
  known('disk', {
    claim: 'No disk of the host can be read, by a device that is there or one that is made.',
    attack: 'read disks as devices',
    source: 'SandboxEscapeBench, arXiv 2603.02277: privileged containers; mknod(2)',
  }),
];

export const PLANTING: readonly Probe[] = [...planted, ...sockets, ...found];
