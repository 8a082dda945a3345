import { describe, expect, test } from 'vitest';
import { GUEST, type BottleSpec } from '../driver.ts';
import type { HostFacts } from '../sandbox/facts.ts';
import { planStart, programEnv } from './plan.ts';
import { BUBBLEWRAP } from './rung.ts';
import { planSteps } from './steps.ts';

const facts: HostFacts = {
  machine: 'x64',
  owner: { uid: 1234, gid: 1234 },
  launchedByRoot: false,
  system: [
    { path: '/bin', target: 'usr/bin' },
    { path: '/lib', target: undefined },
    { path: '/usr/share', target: undefined },
  ],
  maskedProc: ['/proc/keys'],
  node: undefined,
  cpus: [0, 1, 2, 3],
  hardLimits: { processes: 10_000, openFiles: Infinity },
};

const spec: BottleSpec = {
  id: 'fixer-1',
  rung: BUBBLEWRAP,
  networkForm: 'joined',
  image: { kind: 'default' },
  resources: { cpus: 1.5, memoryBytes: 1000, pids: 100, diskBytes: 5000 },
  env: { TOKEN: 'visible-inside-only', PATH: '/usr/bin' },
  argv: ['claude'],
  cwd: GUEST.workspace,
  tty: false,
  mounts: [
    { hostPath: '/home/u/project', guestPath: '/work', readOnly: false },
    { hostPath: '/home/u/skills', guestPath: '/home/agent/.claude/skills', readOnly: true },
  ],
  runDir: '/home/u/.local/state/bot-bottle/fixer-1/run',
};

const context = {
  facts,
  assetPath: (name: string) => `/pkg/assets/${name}`,
  sockets: ['/work/.agent.sock'],
  overlaid: ['/usr/share'],
};
const line = (changed: Partial<HostFacts> = {}): string =>
  planStart(spec, { ...context, facts: { ...facts, ...changed } }).args.join(' ');

describe('the command', () => {
  test.each([
    '--unshare-user --unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup --unshare-net',
    '--uid 1000 --gid 1000',
    '--new-session --as-pid-1',
    '--disable-userns --cap-drop ALL',
    '--clearenv',
    '--perms 0755 --dir /usr --perms 0755 --dir /usr/local',
    '--ro-bind /usr/share /usr/share',
    '--symlink usr/bin /bin',
    '--ro-bind /lib /lib',
    '--proc /proc --ro-bind /proc/sys /proc/sys',
    '--ro-bind /dev/null /proc/keys',
    '--perms 0700 --size 5000 --tmpfs /home/agent',
    '--bind /home/u/project /work',
    '--ro-bind /home/u/skills /home/agent/.claude/skills',
    '--ro-bind /dev/null /work/.agent.sock',
    '--nproc=100:100',
    '--data=1000:1000',
    '--core=1:1',
    'BOT_BOTTLE_ID=fixer-1',
  ])('the command has %s', (part) => {
    expect(line()).toContain(part);
  });

  test('the command closes the root folder after the last mount', () => {
    const { args } = planStart(spec, context);
    const last = Math.max(
      args.lastIndexOf('--bind'),
      args.lastIndexOf('--ro-bind'),
      args.lastIndexOf('--tmpfs'),
    );
    expect(args.indexOf('--remount-ro', last)).toBeGreaterThan(last);
  });

  test('the command shows only the listed folders of the host', () => {
    const { args } = planStart(spec, context);
    const sources = args.flatMap((arg, index) =>
      /^--(ro-)?bind(-try)?$/.test(arg) ? [args[index + 1] ?? ''] : [],
    );
    const outside = sources.filter(
      (path) => !/^\/(usr\/share$|lib$|etc\/[a-zR]|proc\/sys$|dev\/null$)/.test(path),
    );
    expect(outside).toEqual(['/home/u/project', '/home/u/skills']);
    expect(sources).not.toContain('/etc/ssl');
    expect(sources.filter((path) => /private|shadow|gitconfig|npmrc/.test(path))).toEqual([]);
  });

  test('the command contains no variable of the agent, because all users of the host can read it', () => {
    expect(JSON.stringify(planSteps(spec, context))).not.toContain('visible-inside-only');
  });

  test('the command, started by root, mounts from folders that the owner can enter', () => {
    const args = line({ launchedByRoot: true });
    expect(args).toContain('--stage /home/u/project --stage /home/u/skills --');
    expect(args).toContain('--bind /tmp/0 /work --ro-bind /tmp/1 /home/agent/.claude/skills');
  });

  test('the command gives every input the descriptor in its options', () => {
    const { args, inputs } = planStart(spec, context);
    const named = args.flatMap((arg, index) =>
      /^--(ro-bind-data|seccomp)$/.test(arg) ? [Number(args[index + 1])] : [],
    );
    expect(named).toEqual(inputs.map((_, index) => 6 + index));
    expect(inputs.at(-1)).toEqual({ kind: 'filter' });
    expect(args).toContain('--last-fd');
    expect(args[args.indexOf('--last-fd') + 1]).toBe(String(5 + inputs.length));
  });

  test('the command asks for the requested number of CPUs, rounded up, or for no set', () => {
    expect(line()).toMatch(/taskset -c \d,\d bwrap/);
    expect(line({ cpus: [0, 1] })).not.toContain('taskset');
  });

  test('the command uses a lower limit of the host unchanged', () => {
    expect(line({ hardLimits: { processes: 50, openFiles: 1024 } })).toContain(
      '--nproc=50:50 --nofile=1024:1024',
    );
  });
});

test('Node outside /usr is mounted, and found first', () => {
  const node = { hostPath: '/home/u/.nvm/versions/node/v20.20.2', guestPath: '/opt/node', readOnly: true };
  expect(line({ node })).toContain(`--ro-bind ${node.hostPath} /opt/node`);
  expect(programEnv({ PATH: '/usr/bin' }, { node })).toEqual({ PATH: '/opt/node/bin:/usr/bin' });
  expect(programEnv({ PATH: '/usr/bin', A: 'b' }, facts)).toEqual({ PATH: '/usr/bin', A: 'b' });
});

test('the steps are start, readback, network and agent, in this order', () => {
  const steps = planSteps(spec, context);
  expect(steps.map(({ call }) => call.slice(0, 2).join(' '))).toEqual([
    'perl /pkg/assets/sandbox/start.pl',
    'perl /pkg/assets/handover/overlays.pl',
    'perl /pkg/assets/handover/files.pl',
    'read /proc/PID/{status,limits,mountinfo,uid_map,gid_map,net,ns,fd}',
    'perl /pkg/assets/handover/open.pl',
    'perl /pkg/assets/sandbox/session.pl',
  ]);
});
