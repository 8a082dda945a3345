import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createChecked } from '../../../src/drivers/container/readback/checked.ts';
import { removeContainer } from '../../../src/drivers/engine/remove-container.ts';
import { createDocker } from '../../../src/drivers/container/engine/docker.ts';
import { unlessMissing } from '../../../src/drivers/engine/missing.ts';
import { createPodman } from '../../../src/drivers/container/engine/podman.ts';
import { containerName } from '../../../src/drivers/container/names.ts';
import type { ContainerPlan } from '../../../src/drivers/container/body/hardening.ts';
import { defaultImageReference } from '../../../src/drivers/image/recipe.ts';
import { deletedBytes } from '../../../src/host/disk/deleted-files.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { openTestBottle, type TestBottle, type TestOptions } from './container.bottle.ts';
import { onlyWhole } from '../../support/suites/mode.ts';

/** The restrictions of an agent in its own container, checked independently of the engine's answers. */

const RUNGS: readonly TestOptions[] = [
  { engine: 'docker', runtime: 'runc' },
  { engine: 'docker', runtime: 'crun' },
  { engine: 'docker', runtime: 'runsc' },
  { engine: 'podman', runtime: 'runc' },
  ...onlyWhole<TestOptions>([{ engine: 'podman', runtime: 'runsc' }]),
];

describe.each(RUNGS)('$engine $runtime', (rung) => {
  let bottle: TestBottle;
  const says = async (script: string): Promise<string> => {
    const { stdout, stderr } = await bottle.exec(['sh', '-c', script]);
    return stdout + stderr;
  };
  beforeAll(async () => {
    bottle = await openTestBottle({
      ...rung,
      spec: { resources: { cpus: 1, memoryBytes: 256 * 1024 ** 2, pids: 600, diskBytes: 8 * 1024 ** 2 } },
    });
    await bottle.launch();
  });
  afterAll(async () => await bottle.remove());

  it('the agent writes to its scratch folders and workspace, and nowhere else', async () => {
    expect(
      await says('for d in /tmp /var/tmp /run /home/agent /work; do echo x > $d/x || echo no $d; done'),
    ).toBe('');
    const writable = await says(
      'find / -xdev -type d -writable 2>/dev/null | grep -vE "^/(proc|sys|dev)(/|$)" | sort',
    );
    expect(writable).toBe('/home/agent\n/run\n/tmp\n/var/tmp\n/work\n');
    expect(await says('echo x > /etc/passwd')).toMatch(/Read-only|Permission denied/);
    expect(await says('echo x > /etc/resolv.conf')).toMatch(/Read-only|Permission denied/);
  });

  it("the agent cannot fill the host's memory through its scratch folders", async () => {
    expect(
      await says('dd if=/dev/zero of=/tmp/big bs=1M count=64 2>&1 | grep -o "No space left"; rm /tmp/big'),
    ).toBe('No space left\n');
  });

  it('a deleted open file counts towards the disk limit', async () => {
    const { driver, spec, workspace } = bottle;
    const taken = async (): Promise<number> =>
      await deletedBytes((await driver.firstPid?.(spec)) ?? -1, workspace);
    expect(await taken()).toBe(0);
    const hold = 'exec 3>/work/big; rm /work/big; head -c 4194304 /dev/zero >&3; exec sleep 600';
    const holder = await says(`(${hold}) >/dev/null 2>&1 </dev/null & echo $!`);
    await expect.poll(taken).toBe(4 * 1024 ** 2);
    await says(`kill ${holder}`);
    await expect.poll(taken).toBe(0);
  });

  it('the agent gains no rights by capability, setuid program or new namespace', async () => {
    expect(await says('grep -E "^Cap(Eff|Prm|Bnd)" /proc/self/status | grep -v 0000000000000000')).toBe('');
    expect(await says('find / -xdev -perm /6000 -type f 2>/dev/null')).toBe('');
    expect(await says('mount -t tmpfs none /tmp')).toMatch(/permission|must be superuser|denied/i);
    expect(
      await says(
        'cat /proc/1/environ | wc -c; ls /dev/kvm /dev/mem /dev/sda /var/run/docker.sock /run/podman 2>&1 | grep -vc "No such"',
      ),
    ).toMatch(/^\d+\n0\n$/);
  });

  it('the agent sees only its own processes, and knows its host name', async () => {
    expect(Number(await says('ls -d /proc/[0-9]* | wc -l'))).toBeLessThan(20);
    expect(await says('hostname; whoami; getent hosts bottle')).toMatch(/^bottle\nagent\n127\.0\.0\.1 +/);
  });
});

// gVisor's processes on the host belong to gVisor.
describe.each(RUNGS.filter((rung) => rung.runtime !== 'runsc'))('$engine $runtime, from the host', (rung) => {
  let bottle: TestBottle;
  beforeAll(async () => {
    bottle = await openTestBottle(rung);
    await bottle.launch();
  });
  afterAll(async () => await bottle.remove());

  it("users of the host can neither read the agent's variables nor signal it", async () => {
    const name = containerName(bottle.spec.id, 'agent');
    const pid = (await runOrThrow(rung.engine, ['inspect', '--format', '{{.State.Pid}}', name])).trim();
    // Tries as each ordinary user, and, as the control, as the process's own user.
    const asUser = async (uid: number) => {
      const become = ['--reuid', String(uid), '--regid', String(uid), '--clear-groups', '--inh-caps=-all'];
      const look = `grep -q PATH= /proc/${pid}/environ && echo read; kill -0 ${pid} && echo signal`;
      return (await run('setpriv', [...become, 'sh', '-c', `${look}; true`])).stdout;
    };
    expect(await asUser(bottle.driver.fileOwner(bottle.spec.rung).uid)).toBe('read\nsignal\n');
    const users = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => Number(line.split(':')[2]));
    for (const uid of new Set([1000, ...users.filter((id) => id > 0).slice(-3)]))
      expect(await asUser(uid)).toBe('');
  });
});

/** Prints the kernel's answer to each: by name if it is an error. The numbers are the same on x86-64 and arm64. */
const ASKED = `use Socket; use Errno; sub say_of { my ($what, $ok) = @_; my ($no) = grep { $!{$_} } qw(ENOSYS EPERM); print "$what ", $ok ? "made" : $no // "answered", "\\n" }
  socket my $s, AF_UNIX, SOCK_DGRAM, 0 or die; open my $t, "+<", "/dev/ptmx" or die; my $i = pack "x64"; my $d = pack "i", 18;
  for ([pair => 1, 1, 0], [tipc => 30, 5, 0], [alg => 38, 5, 0]) { my ($n, @k) = @$_; $! = 0; say_of("pair $n", socketpair my $x, my $y, $k[0], $k[1], $k[2]) }
  for ([tcp => 2, 1, 6], [udp6 => 10, 2, 17], [route => 16, 3, 0], [packets => 1, 5, 0], [sctp => 2, 1, 132], [dccp => 2, 6, 0], [mptcp => 2, 1, 262], [diag => 16, 3, 4], [xfrm => 16, 3, 6])
    { my ($n, @k) = @$_; $! = 0; say_of("socket $n", socket my $x, $k[0], $k[1], $k[2]) }
  for ([TCGETS => $t, 0x5401], [TIOCGWINSZ => $t, 0x5413], [FIONREAD => $s, 0x541b], [SIOCGIFCONF => $s, 0x8912], [TIOCSETD => $t, 0x5423, $d], [SIOCGIFBR => $s, 0x8940], [SIOCGIFVLAN => $s, 0x8982], [SIOCBRADDBR => $s, 0x89a0])
    { my ($n, $f, $r, $a) = @$_; $a //= $i; $! = 0; say_of("ioctl $n", ioctl $f, $r, $a) }`;
const REFUSED =
  /^(pair (tipc|alg)|socket (sctp|dccp|mptcp|diag|xfrm)|ioctl (TIOCSETD|SIOC(GIFBR|GIFVLAN|BRADDBR))) ENOSYS$/;
const MADE =
  /^(pair pair|socket (tcp|udp6|route|packets)|ioctl (TCGETS|TIOCGWINSZ|FIONREAD|SIOCGIFCONF)) made$/;

describe.each(RUNGS.filter(({ runtime }) => runtime !== 'runsc'))(
  'the filter of $engine $runtime',
  (rung) => {
    it('the filter refuses calls that make the kernel load modules, and none that programs need', async () => {
      const bottle = await openTestBottle(rung);
      await bottle.launch();
      const { stdout, stderr } = await bottle.exec(['perl', '-e', ASKED]);
      const answers = stdout.trim().split('\n');
      expect(answers.filter((answer) => !REFUSED.test(answer) && !MADE.test(answer))).toEqual([]);
      expect([answers.length, stderr]).toEqual([20, '']);
      await bottle.remove();
    });
  },
);

describe.each(RUNGS.filter(({ runtime }) => runtime !== 'runsc'))('limits of $engine $runtime', (rung) => {
  // Uses one bottle for each: after a group runs out of memory, the kernel needs a moment, and may kill others in the
  // group.
  const limited = async (): Promise<TestBottle> => {
    const bottle = await openTestBottle({
      ...rung,
      spec: { resources: { cpus: 1, memoryBytes: 256 * 1024 ** 2, pids: 100, diskBytes: 8 * 1024 ** 2 } },
    });
    onTestFinished(async () => await bottle.remove());
    await bottle.launch();
    return bottle;
  };

  it("the agent runs out of its memory, not the host's", async () => {
    const bottle = await limited();
    const hog = 'const all = []; for (;;) all.push(Buffer.alloc(16 * 1024 * 1024, 1));';
    expect((await bottle.exec(['node', '-e', hog])).code).toBe(137);
    expect(await bottle.driver.isRunning(bottle.spec)).toBe(true);
  });

  it("the agent runs out of its processes, not the host's", async () => {
    const bottle = await limited();
    // The processes outlast the slowest host, and end with the bottle.
    const forks = 'for i in $(seq 200); do sleep 900 > /dev/null 2>&1 & done';
    const { code, stderr } = await bottle.exec(['sh', '-c', forks]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/cannot fork/i) });
    expect(await bottle.driver.isRunning(bottle.spec)).toBe(true);
  });
});

describe('gVisor without memory', () => {
  it('gVisor without memory ends and gives the reason', async () => {
    const hog = 'const all = []; for (;;) all.push(Buffer.alloc(16 * 1024 * 1024, 1));';
    const bottle = await openTestBottle({
      engine: 'docker',
      runtime: 'runsc',
      spec: {
        argv: ['node', '-e', hog],
        resources: { cpus: 1, memoryBytes: 256 * 1024 ** 2, pids: 600, diskBytes: 8 * 1024 ** 2 },
      },
    });
    const { code, stderr } = await (await bottle.launch()).ended();
    expect({ code, stderr }).toEqual({ code: 137, stderr: expect.stringContaining('ran out of memory') });
    await bottle.remove();
  });
});

describe('a user’s image', () => {
  const reference = 'localhost/bot-bottle-test/with-volume:1';
  beforeAll(async () => {
    const dockerfile = `FROM ${defaultImageReference()}\nVOLUME /data\nENTRYPOINT ["echo", "never"]\nHEALTHCHECK CMD false\nENV FROM_IMAGE=yes\n`;
    await runOrThrow('docker', ['build', '--tag', reference, '-'], { input: dockerfile, timeoutMs: 120_000 });
  });
  afterAll(async () => {
    await runOrThrow('docker', ['image', 'rm', '--force', reference]);
  });

  it("a user's image is used unchanged, except for volumes and an entry point", async () => {
    const script =
      'echo $FROM_IMAGE; echo kept > /data/x && cat /data/x; grep " /data " /proc/mounts | cut -d" " -f3';
    const bottle = await openTestBottle({
      engine: 'docker',
      runtime: 'runc',
      spec: { image: { kind: 'reference', reference }, argv: ['sh', '-c', script] },
    });
    const before = await runOrThrow('docker', ['volume', 'ls', '--quiet']);
    const { stdout } = await (await bottle.launch()).ended();
    expect(stdout).toBe('yes\nkept\ntmpfs\n');
    await bottle.remove();
    expect(await runOrThrow('docker', ['volume', 'ls', '--quiet'])).toBe(before);
  });
});

describe('an engine that does not obey', () => {
  const plan: ContainerPlan = {
    name: `bot-bottle-test-readback-${process.pid}`,
    bottleId: 'test-readback',
    image: defaultImageReference(),
    argv: ['true'],
    env: {},
    cwd: '/',
    owner: { uid: 1000, gid: 1000 },
    tty: false,
    stdin: false,
    limits: { memoryBytes: 64 * 1024 ** 2, cpus: 1, pids: 64 },
    mounts: [],
    scratch: [],
    network: { kind: 'none' },
    sysctls: {},
    capabilities: [],
  };
  const { signal } = new AbortController();

  it.each([
    ['docker', createDocker()],
    ['podman', createPodman()],
  ])('a start refuses an engine that does not obey: %s', async (_name, engine) => {
    const connection = unlessMissing(await engine.connect('runc'));
    // A daemon that grants a capability, and one that leaves the file system writable.
    const tampered = (change: (body: Record<string, unknown>) => void) => ({
      ...connection,
      client: {
        ...connection.client,
        call: async <T>(call: Parameters<typeof connection.client.call>[0]): Promise<T> => {
          const json = structuredClone(call.json) as { HostConfig: Record<string, unknown> } | undefined;
          if (call.path === '/containers/create' && json !== undefined) change(json.HostConfig);
          return await connection.client.call<T>({ ...call, json });
        },
      },
    });
    for (const change of [
      (body: Record<string, unknown>) => (body['CapAdd'] = ['NET_RAW']),
      (body: Record<string, unknown>) => (body['ReadonlyRootfs'] = false),
      (body: Record<string, unknown>) => (body['NetworkMode'] = 'bridge'),
      (body: Record<string, unknown>) => (body['SecurityOpt'] = ['no-new-privileges', 'seccomp=unconfined']),
      (body: Record<string, unknown>) =>
        (body['Mounts'] = [{ Type: 'bind', Source: '/etc', Target: '/mnt' }]),
      (body: Record<string, unknown>) => (body['IpcMode'] = 'shareable'),
    ]) {
      await expect(createChecked(tampered(change), plan, { signal })).rejects.toMatchObject({
        code: 'rungUnavailable',
        details: expect.arrayContaining([expect.stringContaining('the engine has')]) as string[],
      });
      await removeContainer(connection.client, plan.name);
    }
    await expect(createChecked(connection, plan, { signal })).resolves.toMatchObject({ name: plan.name });
    await removeContainer(connection.client, plan.name);
  });
});
