import { describe, expect, test } from 'vitest';
import { GUEST, type BottleSpec } from '../driver.ts';
import { planStart, writablePlaces, type PlanContext } from './plan.ts';
import { QEMU } from './driver.ts';
import { QEMU_VMM } from './vmm/qemu.ts';

const spec: BottleSpec = {
  id: 'fixer-1',
  rung: QEMU,
  networkForm: 'joined',
  image: { kind: 'default' },
  resources: { cpus: 1.5, memoryBytes: 512 * 1024 ** 2, pids: 100, diskBytes: 5000 },
  env: { TOKEN: 'visible-inside-only' },
  argv: ['claude', 'said-to-the-agent'],
  cwd: GUEST.workspace,
  tty: false,
  mounts: [
    { hostPath: '/home/u/work', guestPath: '/work', readOnly: false },
    { hostPath: '/home/u/skills', guestPath: '/home/agent/.claude/skills', readOnly: true },
    { hostPath: '/home/u/notes', guestPath: '/notes', readOnly: false },
  ],
  runDir: '/home/u/.local/state/bot-bottle/fixer-1/run',
};

const context: PlanContext = {
  facts: {
    owner: { uid: 1234, gid: 1234 },
    launchedByRoot: false,
    system: [
      { path: '/bin', target: 'usr/bin' },
      { path: '/lib', target: undefined },
      { path: '/usr/share', target: undefined },
    ],
    cpus: [0, 1, 2, 3],
    hardLimits: { processes: 10_000, openFiles: Infinity },
  },
  assetPath: (name) => `/pkg/assets/${name}`,
  hasKvm: false,
  shown: [],
  vmmCommand: (machine) =>
    QEMU_VMM.command(machine, { bottleId: 'fixer-1', accelerator: 'tcg', tscKhz: 1, purpose: 'boot' }),
  files: {
    kernelPath: '/cache/vmlinux',
    basePath: '/cache/base',
    initrdPath: '/run/initrd',
    filesPath: '/run/files',
    scratchPath: '/run/scratch',
    workPath: '/run/work',
    ownPath: '/run/own',
    outDir: '/run/out',
  },
  workBytes: 40 * 1024 ** 3,
  keys: { identity: 'PRIVATE KEY', knownHost: 'bottle ssh-ed25519 AAAA\n' },
  group: undefined,
};

const asRoot: PlanContext = { ...context, facts: { ...context.facts, launchedByRoot: true } };
const plan = planStart(spec, context);
const { args } = plan;
const line = args.join(' ');
const after = (option: RegExp, offset = 1): readonly string[] =>
  args.flatMap((arg, index) => (option.test(arg) ? [args[index + offset] ?? ''] : []));

describe('who has broken out of a machine', () => {
  test.each([
    ['--unshare-user --unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup --unshare-net', 'the host'],
    ['--new-session --as-pid-1', 'the terminal; a process that outlives the bottle'],
    ['--cap-drop ALL --cap-add CAP_NET_ADMIN', 'power over the host, as far as its user namespace goes'],
    ['--clearenv --setenv PATH', 'what the launcher has in its environment'],
    ['--owner 1234:1234', 'root, or groups of root'],
    ['--remount-ro /dev', 'a place for files in memory, without a bound'],
    ['--perms 0700 --size 1048576 --tmpfs /tmp', 'the host’s memory'],
    ['--perms 0700 --size 1048576 --tmpfs /dev/shm', 'the host’s memory'],
    ['--nproc=512:512', 'processes without end'],
    [`--fsize=${40 * 1024 ** 3}:${40 * 1024 ** 3}`, 'one file that fills the disk'],
  ])('would have, without %s: %s', (part) => {
    expect(line).toContain(part);
  });

  test('finds the files of its machine, and of the host the folders of its system alone', () => {
    const sources = after(/^--(ro-)?bind(-try)?$/);
    expect(
      sources.filter((path) => !/^\/(usr\/share|lib|etc\/(ld\.so\.cache|alternatives))$/.test(path)),
    ).toEqual([
      '/cache/vmlinux',
      '/run/initrd',
      '/cache/base',
      '/run/files',
      '/run/scratch',
      '/run/work',
      '/run/own',
      '/run/out',
    ]);
  });

  test('writes to nothing that another machine reads, and not to what it starts with', () => {
    expect(after(/^--bind$/)).toEqual(['/run/scratch', '/run/work', '/run/own', '/run/out']);
    expect(plan.writable).toEqual([
      '/tmp',
      '/dev/shm',
      '/dev/pts',
      '/proc',
      '/vm/scratch',
      '/vm/work',
      '/vm/own',
      '/vm/out',
    ]);
    expect(plan.machine.disks.filter(({ readOnly }) => !readOnly).map(({ path }) => path)).toEqual([
      '/vm/scratch',
      '/vm/work',
      '/vm/own',
    ]);
  });

  test('cannot put another program in the place of who reaches the machine', () => {
    const data = args.flatMap((arg, index) =>
      arg === '--ro-bind-data' ? [`${args[index - 1] ?? ''} ${args[index + 2] ?? ''}`] : [],
    );
    expect(data).toContain('0444 /run/bot-bottle/attendant.pl');
    expect(data).toContain('0400 /vm/ssh-key');
    expect(args.filter((arg) => arg === '--bind-data')).toEqual([]);
    const last = Math.max(...['--bind', '--ro-bind', '--tmpfs'].map((arg) => args.lastIndexOf(arg)));
    expect(args.slice(args.indexOf('--remount-ro', last)).slice(0, 2)).toEqual(['--remount-ro', '/']);
  });

  test('is bounded from the sandbox’s first program on', () => {
    const inside = args.slice(args.lastIndexOf('--info-fd') + 2);
    expect(inside.slice(0, 2)).toEqual(['--', '/usr/bin/prlimit']);
    expect(inside.indexOf('/run/bot-bottle/tap.pl')).toBeLessThan(
      inside.indexOf('/run/bot-bottle/attendant.pl'),
    );
  });

  test('has a device of the host’s only where the machine needs it', () => {
    expect(after(/^--dev-bind$/)).toEqual(['/dev/net/tun']);
    const fast = planStart(spec, { ...context, hasKvm: true });
    expect(fast.args.join(' ')).toContain('--dev-bind /dev/kvm /dev/kvm');
    expect([plan.devices, fast.devices]).toEqual([['/dev/net/tun'], ['/dev/net/tun', '/dev/kvm']]);
  });
});

describe('other users of the host, who see every command line', () => {
  test('find neither the key to the machine nor what the agent was told', () => {
    for (const secret of ['PRIVATE KEY', 'visible-inside-only', 'said-to-the-agent'])
      expect(line).not.toContain(secret);
    expect(plan.inputs).toContainEqual({ kind: 'text', text: 'PRIVATE KEY' }); // it gets the key as an input
  });
});

describe('the kernel’s answer is held against', () => {
  test('each limit that was asked for', () => {
    for (const value of Object.values(plan.limits.expected)) expect(line).toContain(`=${value}:${value} `);
    expect(Object.keys(plan.limits.expected)).toContain('Max file size');
  });

  test('one interface, no power, and the user that it has inside', () => {
    expect(plan.links).toEqual(['bottle']);
    expect(line).toContain('/run/bot-bottle/tap.pl --name bottle --address 10.200.0.1 --bits 30 --');
    // Only CAP_NET_ADMIN (12), which no later program can gain from this bounding set.
    expect(plan.boundingSet).toBe((2 ** 12).toString(16).padStart(16, '0'));
    expect(plan.inside).toEqual({ uid: 0, gid: 0 });
  });
});

test('every input has the descriptor that the options name, the filter the last one', () => {
  expect(after(/^--(ro-bind-data|seccomp)$/).map(Number)).toEqual(plan.inputs.map((_, index) => 6 + index));
  expect(plan.inputs.at(-1)).toEqual({ kind: 'filter' });
  expect(after(/^--last-fd$/)).toEqual([String(5 + plan.inputs.length)]);
});

test('what may be written to is brought out, by its number, and nothing else', () => {
  expect(writablePlaces(spec)).toEqual([0, 2]);
  expect(line).toContain(`BOT_BOTTLE_ID=fixer-1 10.200.0.2 0,2 ${16 * 1024 ** 3} -- qemu-system-x86_64 `);
});

test('a group that was made is joined before anything is given up', () => {
  const group = {
    folders: ['/sys/fs/cgroup/a', '/sys/fs/cgroup/b'].map((path) => ({ path, controllers: [] })),
    files: [],
  };
  const joined = planStart(spec, { ...asRoot, group }).args.join(' ');
  expect(joined).toContain('--owner 1234:1234 --group /sys/fs/cgroup/a --group /sys/fs/cgroup/b --stage ');
  expect(line).not.toContain('--group');
});

test('started by root, all is taken from where its owner can go', () => {
  const rooted = planStart(spec, asRoot).args;
  const staged = rooted.flatMap((arg, index) => (arg === '--stage' ? [rooted[index + 1]] : []));
  expect(staged).toHaveLength(8);
  expect(rooted.join(' ')).toContain('--device /dev/net/tun -- ');
  expect(rooted.join(' ')).toContain('--ro-bind /tmp/0 /vm/kernel --ro-bind /tmp/1 /vm/initrd');
  expect(rooted.join(' ')).toContain('--dev-bind /tmp/device/0 /dev/net/tun');
});
