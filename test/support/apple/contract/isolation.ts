import { sh, type Engine, type Expectation } from './expectation.ts';

/** What a container is kept from, and what is shared with it. */

const OTHERS: readonly Engine[] = ['podman', 'docker'];
const CAPS = 'grep CapEff /proc/self/status';

/** docker(1) and podman(1) have no other spelling. */
const TMPFS_FLAGS = {
  engines: OTHERS,
  flags: ['--mount', 'type=tmpfs,destination=/scratch,tmpfs-size=1048576,tmpfs-mode=0750'],
  source:
    'Parser.mount of apple/container 1.2.2: size= and mode=; docker-run(1) and podman-run(1): tmpfs-size=, tmpfs-mode=',
} as const;

export const ISOLATION: readonly Expectation[] = [
  {
    what: 'a user has no capability',
    verb: 'run',
    flags: ['-u', 'agent'],
    program: sh(CAPS),
    result: { code: 0, stdout: 'CapEff:\t0000000000000000\n' },
  },
  {
    what: 'all capabilities dropped',
    verb: 'run',
    flags: ['--cap-drop', 'ALL'],
    program: sh(CAPS),
    result: { code: 0, stdout: 'CapEff:\t0000000000000000\n' },
  },
  {
    what: 'one capability kept',
    verb: 'run',
    flags: ['--cap-drop', 'ALL', '--cap-add', 'CHOWN'],
    program: sh(CAPS),
    result: { code: 0, stdout: 'CapEff:\t0000000000000001\n' },
  },
  {
    what: 'the capabilities that there are without a word',
    verb: 'run',
    flags: [],
    program: sh(CAPS),
    result: { code: 0, stdout: 'CapEff:\t00000000a80425fb\n' },
    differs: [
      {
        engines: ['podman'],
        result: { code: 0, stdout: 'CapEff:\t00000000800405fb\n' },
        source: 'containers-common: without MKNOD, NET_RAW, AUDIT_WRITE',
      },
    ],
  },
  {
    what: 'a limit of processes',
    verb: 'run',
    flags: ['--ulimit', 'nproc=77:88'],
    program: sh('grep "Max processes" /proc/self/limits'),
    result: { code: 0, stdout: /\s77\s+88\s/ },
  },
  {
    what: 'no network is a loopback',
    verb: 'run',
    flags: [],
    program: sh('ls /sys/class/net; wc -l </proc/net/route; ip addr show lo | grep -c 127.0.0.1'),
    result: { code: 0, stdout: 'lo\n1\n1\n' },
  },
  {
    what: 'a read-only root',
    verb: 'run',
    flags: ['--read-only'],
    program: sh('touch /etc/x'),
    result: { code: 1, stderr: /Read-only file system/ },
  },
  {
    what: 'a writable root',
    verb: 'run',
    flags: [],
    program: sh('touch /etc/x && echo done'),
    result: { code: 0, stdout: 'done\n' },
  },
  {
    what: 'a folder is shared',
    verb: 'run',
    flags: ['-v', '{dir}:/shared'],
    program: sh('cat /shared/file; echo more >/shared/written'),
    result: { code: 0, stdout: 'words\n' },
  },
  {
    what: 'a folder that cannot be written',
    verb: 'run',
    flags: ['-v', '{dir}:/shared:ro'],
    program: sh('touch /shared/x'),
    result: { code: 1, stderr: /Read-only file system/ },
  },
  {
    what: 'the same by --mount',
    verb: 'run',
    flags: ['--mount', 'type=bind,source={dir},target=/shared,readonly'],
    program: sh('cat /shared/file && touch /shared/x'),
    result: { code: 1, stdout: 'words\n', stderr: /Read-only file system/ },
  },
  {
    what: 'one file is shared',
    verb: 'run',
    flags: ['-v', '{dir}/file:/alone:ro'],
    program: ['cat', '/alone'],
    result: { code: 0, stdout: 'words\n' },
  },
  {
    what: 'a folder that is not there',
    verb: 'run',
    flags: ['-v', '{dir}/nothing:/shared'],
    program: ['true'],
    result: { code: 1, stderr: /path '.*nothing' does not exist/ },
    differs: [
      { engines: ['podman'], result: { code: 125 }, source: 'podman-run(1)' },
      { engines: ['docker'], result: { code: 0 }, source: 'docker-run(1): it makes the folder' },
    ],
  },
  {
    what: 'memory as a folder has its size and mode',
    verb: 'run',
    flags: ['--mount', 'type=tmpfs,destination=/scratch,size=1m,mode=0750'],
    program: sh('df -k /scratch | tail -1 | tr -s " " | cut -d " " -f 2; stat -c %a /scratch'),
    result: { code: 0, stdout: '1024\n750\n' },
    differs: [TMPFS_FLAGS],
  },
  {
    what: 'memory as a folder is for everybody',
    verb: 'run',
    flags: ['--tmpfs', '/scratch', '-u', '1000'],
    program: sh('touch /scratch/x; stat -c %a /scratch'),
    result: { code: 0, stdout: '1777\n' },
  },
  {
    what: 'a small init is the first',
    verb: 'run',
    flags: ['--init'],
    program: sh('echo $$; tr "\\0" " " </proc/1/cmdline'),
    result: { code: 0, stdout: /^[2-9]\d*\n.*-- sh -c/ },
  },
  {
    what: 'no new privileges are not forbidden',
    verb: 'run',
    flags: [],
    program: sh('grep NoNewPrivs /proc/self/status'),
    result: { code: 0, stdout: 'NoNewPrivs:\t0\n' },
  },
  {
    what: 'whether calls to the kernel are filtered',
    verb: 'run',
    flags: [],
    program: sh('grep ^Seccomp: /proc/self/status'),
    result: { code: 0, stdout: 'Seccomp:\t2\n' },
    differs: [
      {
        engines: ['container'],
        result: { code: 0, stdout: 'Seccomp:\t0\n' },
        source: 'apple/container #1915',
      },
    ],
  },
];
