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

describe('an attacker outside the machine', () => {
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
  ])('an attacker outside the machine would have, without %s: %s', (part) => {
    expect(line).toContain(part);
  });

  test("an attacker outside the machine finds the machine's files and the host's system folders alone", () => {
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

  test('an attacker outside the machine cannot write files that other machines read or that this one starts with', () => {
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

  test('an attacker outside the machine cannot replace the program that connects to it', () => {
    const data = args.flatMap((arg, index) =>
      arg === '--ro-bind-data' ? [`${args[index - 1] ?? ''} ${args[index + 2] ?? ''}`] : [],
    );
    expect(data).toContain('0444 /run/bot-bottle/attendant.pl');
    expect(data).toContain('0400 /vm/ssh-key');
    expect(args.filter((arg) => arg === '--bind-data')).toEqual([]);
    const last = Math.max(...['--bind', '--ro-bind', '--tmpfs'].map((arg) => args.lastIndexOf(arg)));
    expect(args.slice(args.indexOf('--remount-ro', last)).slice(0, 2)).toEqual(['--remount-ro', '/']);
  });

  test('the sandbox is bounded from its first program on', () => {
    const inside = args.slice(args.lastIndexOf('--info-fd') + 2);
    expect(inside.slice(0, 2)).toEqual(['--', '/usr/bin/prlimit']);
    expect(inside.indexOf('/run/bot-bottle/tap.pl')).toBeLessThan(
      inside.indexOf('/run/bot-bottle/attendant.pl'),
    );
  });

  test('the sandbox has a device of the host only where the machine needs it', () => {
    expect(after(/^--dev-bind$/)).toEqual(['/dev/net/tun']);
    const fast = planStart(spec, { ...context, hasKvm: true });
    expect(fast.args.join(' ')).toContain('--dev-bind /dev/kvm /dev/kvm');
    expect([plan.devices, fast.devices]).toEqual([['/dev/net/tun'], ['/dev/net/tun', '/dev/kvm']]);
  });
});

describe('command lines, which other users of the host can read', () => {
  test("a command line contains neither the machine's key nor the agent's arguments", () => {
    for (const secret of ['PRIVATE KEY', 'visible-inside-only', 'said-to-the-agent'])
      expect(line).not.toContain(secret);
    expect(plan.inputs).toContainEqual({ kind: 'text', text: 'PRIVATE KEY' }); // it gets the key as an input
  });
});

describe("the readback of a machine's sandbox", () => {
  test("each requested limit is compared with the kernel's answer", () => {
    for (const value of Object.values(plan.limits.expected)) expect(line).toContain(`=${value}:${value} `);
    expect(Object.keys(plan.limits.expected)).toContain('Max file size');
  });

  test('the sandbox has one interface, no capability, and its inner user', () => {
    expect(plan.links).toEqual(['bottle']);
    expect(line).toContain('/run/bot-bottle/tap.pl --name bottle --address 10.200.0.1 --bits 30 --');
    // Only CAP_NET_ADMIN (12), which no later program can gain from this bounding set.
    expect(plan.boundingSet).toBe((2 ** 12).toString(16).padStart(16, '0'));
    expect(plan.inside).toEqual({ uid: 0, gid: 0 });
  });
});

test('every input has the descriptor in the options, with the filter last', () => {
  expect(after(/^--(ro-bind-data|seccomp)$/).map(Number)).toEqual(plan.inputs.map((_, index) => 6 + index));
  expect(plan.inputs.at(-1)).toEqual({ kind: 'filter' });
  expect(after(/^--last-fd$/)).toEqual([String(5 + plan.inputs.length)]);
});

test('writable files are brought out by number, and no others', () => {
  expect(writablePlaces(spec)).toEqual([0, 2]);
  expect(line).toContain(`BOT_BOTTLE_ID=fixer-1 10.200.0.2 0,2 ${16 * 1024 ** 3} -- qemu-system-x86_64 `);
});

test('the sandbox joins its group before it gives up rights', () => {
  const group = {
    folders: ['/sys/fs/cgroup/a', '/sys/fs/cgroup/b'].map((path) => ({ path, controllers: [] })),
    files: [],
  };
  const joined = planStart(spec, { ...asRoot, group }).args.join(' ');
  expect(joined).toContain('--owner 1234:1234 --group /sys/fs/cgroup/a --group /sys/fs/cgroup/b --stage ');
  expect(line).not.toContain('--group');
});

test('a sandbox started by root reads from folders that its owner can enter', () => {
  const rooted = planStart(spec, asRoot).args;
  const staged = rooted.flatMap((arg, index) => (arg === '--stage' ? [rooted[index + 1]] : []));
  expect(staged).toHaveLength(8);
  expect(rooted.join(' ')).toContain('--device /dev/net/tun -- ');
  expect(rooted.join(' ')).toContain('--ro-bind /tmp/0 /vm/kernel --ro-bind /tmp/1 /vm/initrd');
  expect(rooted.join(' ')).toContain('--dev-bind /tmp/device/0 /dev/net/tun');
});
