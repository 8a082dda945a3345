import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installKata, type KataStandIn } from '../support/kata/install.ts';
import { openBench, type Bench } from '../support/nerdctl/bench.ts';
import { DESCRIPTION } from '../support/nerdctl/described-image.ts';
import { REFUSALS } from '../support/nerdctl/refusals.ts';
import type { Spec } from '../support/nerdctl/spec/types.ts';

/** How strict the stand-in for `nerdctl` is, and that what it says of containers is so inside of them. */

let bench: Bench;
let kata: KataStandIn;
beforeAll(async () => {
  kata = await installKata();
  bench = await openBench();
});
beforeEach(async () => await bench.standIn.configure({}));
afterAll(async () => {
  await bench.close();
  kata.remove();
});
const nerdctl: Bench['nerdctl'] = async (...args) => await bench.nerdctl(...args);
const done: Bench['done'] = async (...args) => await bench.done(...args);
const started: Bench['started'] = async (...args) => await bench.started(...args);
const inside = async (name: string, script: string): Promise<string> =>
  (await nerdctl(['exec', name, 'sh', '-c', script])).stdout;

interface Native {
  readonly ID: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Image: string;
  readonly Runtime: { readonly Name: string; readonly Options: object | null };
  readonly Spec: Spec;
  readonly SnapshotKey: string;
  readonly Process?: {
    readonly Pid: number;
    readonly Status: { readonly Status: string; readonly ExitStatus: number };
  };
}
const inspected = async (name: string): Promise<Native> => {
  const [first] = JSON.parse(
    await done(['container', 'inspect', '--mode=native', name]),
  ) as readonly Native[];
  if (first === undefined) throw new Error(`${name} is not inspected`);
  return first;
};

describe('what is refused', () => {
  test.each(REFUSALS)('$args', async ({ args, says }) => {
    const { code, stdout, stderr } = await nerdctl(args);
    expect(stderr).toMatch(/^time="[^"]+" level=\w+ msg=/);
    expect(stderr).toContain(says);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

describe('the program and containerd', () => {
  test('versions', async () => {
    await bench.standIn.configure({ version: '2.3.4' });
    expect(await done(['--version'])).toBe('nerdctl version 2.3.4\n');
    const { Client, Server } = JSON.parse(await done(['version', '--format', '{{json .}}'])) as {
      readonly Client: object;
      readonly Server: { readonly Components: readonly { readonly Name: string }[] };
    };
    expect(Client).toMatchObject({ Version: 'v2.3.4', Components: [{ Name: 'buildctl', Version: '' }] });
    expect(Server.Components.map(({ Name }) => Name)).toEqual(['containerd', 'runc']);
  });

  test('a containerd that is not there: what needs it says so, and `version` prints its half', async () => {
    await bench.standIn.configure({ containerd: 'stopped' });
    for (const args of [['ps'], ['images'], ['create', '--network', 'none', '{image}'], ['exec', 'a', 'b']]) {
      const { code, stderr } = await nerdctl(args);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(
          /cannot access containerd socket .*: no such file or directory/,
        ) as string,
      });
    }
    const { code, stdout } = await nerdctl(['version', '--format', '{{json .}}']);
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 1, Server: null });
    expect((await nerdctl(['--version'])).code).toBe(0);
  });

  test('each call is noted, with how it ended', async () => {
    await nerdctl(['ps', '--quiet']);
    const lines = readFileSync(bench.standIn.logPath, 'utf8').trim().split('\n').slice(-2);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ args: ['ps', '--quiet'] }),
      expect.objectContaining({ args: ['ps', '--quiet'], exitCode: 0 }),
    ]);
  });
});

describe('images', () => {
  test('are inspected as Docker has them', async () => {
    const [found] = JSON.parse(
      await done(['image', 'inspect', '--mode=dockercompat', bench.described]),
    ) as object[];
    const { StopSignal: _, ...config } = DESCRIPTION;
    expect(found).toMatchObject({
      Id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      RepoTags: [bench.described],
      RepoDigests: [expect.stringMatching(/^localhost\/nerdctl-stand-in\/described@sha256:/)],
      Config: config,
      Os: 'linux',
    });
    expect(await nerdctl(['image', 'inspect', 'gone'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('what one says is so in its containers', async () => {
    await done(['create', '--name', 'described', '--network', 'none', bench.described]);
    const { Spec, Labels } = await inspected('described');
    expect(Spec.process).toMatchObject({ args: ['/bin/echo', 'entry', 'command'], cwd: '/home/agent' });
    expect(Spec.process.user).toMatchObject({ uid: 1000, gid: 1000, additionalGids: [1000, 2000] });
    expect(Spec.process.env).toEqual(
      expect.arrayContaining(['FROM_IMAGE=yes', expect.stringMatching(/^PATH=/)]),
    );
    expect(Labels).toMatchObject({
      'of.the.image': 'yes',
      'nerdctl/name': 'described',
      'nerdctl/networks': '["none"]',
      'io.containerd.image.config.stop-signal': 'SIGUSR1',
    });
    const [volume = ''] = JSON.parse(Labels['nerdctl/anonymous-volumes'] ?? '[]') as string[];
    const mount = Spec.mounts.find(({ destination }) => destination === '/etc');
    expect(mount).toMatchObject({ type: 'none', options: ['rbind'] });
    expect(mount?.source).toContain(volume);
    expect(readFileSync(join(mount?.source ?? '', 'passwd'), 'utf8')).toContain('agent');
    await done(['rm', '--volumes', 'described']);
    expect(existsSync(mount?.source ?? '')).toBe(false);
  });

  test('an empty --entrypoint is none', async () => {
    const flags = ['--name', 'bare', '--network', 'none', '--entrypoint', ''];
    await done(['create', ...flags, bench.described, 'sleep', '1']);
    expect((await inspected('bare')).Spec.process.args).toEqual(['sleep', '1']);
    await done(['rm', 'bare']);
  });
});

describe('what is asked for is so inside', () => {
  const FLAGS =
    '--cap-drop ALL --cap-add chown,CAP_KILL --security-opt no-new-privileges --read-only --user 1000:1000 --workdir /var --env A=b --hostname h1 --memory 64m --memory-swap 64m --cpus 0.5 --pids-limit 50 --ulimit nofile=100:200 --sysctl net.ipv4.ip_unprivileged_port_start=0 --tmpfs /x:exec,size=2m --label x=y,z --annotation k=v'.split(
      ' ',
    );
  beforeAll(async () => {
    const shared = [
      '--mount',
      `type=bind,source=${bench.dir},target=/shared,readonly`,
      '--volume',
      `${join(bench.dir, 'made')}:/made`,
    ];
    await started('asked', [...FLAGS, ...shared]);
  });
  afterAll(async () => void (await done(['rm', '--force', 'asked'])));

  test.each([
    ['capabilities', 'grep CapBnd /proc/self/status', /0000000000000021\n/],
    ['no new privileges', 'grep NoNewPrivs /proc/self/status', /\t1\n/],
    ['a filter of system calls', 'grep Seccomp: /proc/self/status', /\t2\n/],
    ['a root that is not written to', 'touch /tmp/x 2>&1', /Read-only file system/],
    ['the user', 'id', /uid=1000\(agent\) gid=1000\(agent\) groups=1000\(agent\)\n/],
    ['the folder', 'pwd', /^\/var\n/],
    ['variables', 'env', /A=b\n/],
    ['the name of the host', 'hostname; env', /^h1\n[^]*HOSTNAME=h1\n/],
    ['limits', 'ulimit -n', /^100\n/],
    ['settings of the kernel', 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start', /^0\n/],
    ['options of a tmpfs', 'grep " /x " /proc/mounts', / rw,nosuid,nodev,relatime,size=2048k /],
    ['what cannot be written to', 'grep " /shared " /proc/mounts', / ro,/],
    ['no network', 'ip -o link', /^1: lo: [^\n]*\n$/],
    ['files of names', 'cat /etc/hosts /etc/hostname', /localhost[^]*h1\n$/],
  ])('%s', async (_, script, says) => {
    expect(await inside('asked', script)).toMatch(says);
  });

  test('a folder of this host that is not there is made for -v', () => {
    expect(existsSync(join(bench.dir, 'made'))).toBe(true);
  });

  test('and in what is inspected', async () => {
    const { Spec, Labels, Runtime, Process, SnapshotKey, ID } = await inspected('asked');
    expect(Spec.linux.resources).toMatchObject({
      memory: { limit: 64 * 2 ** 20, swap: 64 * 2 ** 20 },
      cpu: { quota: 50_000, period: 100_000 },
      pids: { limit: 50 },
    });
    expect(Spec.root.readonly).toBe(true);
    expect(Spec.annotations).toMatchObject({ k: 'v', 'nerdctl/name': 'asked' });
    expect(Labels).toMatchObject({ x: 'y,z', 'nerdctl/hostname': 'h1' });
    expect(Runtime).toEqual({
      Name: 'io.containerd.runc.v2',
      Options: { type_url: 'containerd.runc.v1.Options' },
    });
    expect(SnapshotKey).toBe(ID);
    expect(Process).toMatchObject({
      Pid: expect.any(Number) as number,
      Status: { Status: 'running', ExitStatus: 0 },
    });
  });

  test('memory and swap are twice the memory where only that is said; every bound is the group’s', async () => {
    await started('bound', ['--memory', '64m', '--pids-limit', '50']);
    const { Spec, ID } = await inspected('bound');
    expect(Spec.linux.resources.memory).toEqual({ limit: 64 * 2 ** 20, swap: 128 * 2 ** 20 });
    const places = [`/sys/fs/cgroup/default/${ID}/pids.max`, `/sys/fs/cgroup/pids/default/${ID}/pids.max`];
    expect(readFileSync(places.find((path) => existsSync(path)) ?? '', 'utf8')).toBe('50\n');
    await done(['rm', '--force', 'bound']);
  });
});

describe('the life of a container', () => {
  test('made, started, stopped, started, killed, taken away', async () => {
    const id = (
      await done(['create', '--name', 'life', '--network', 'none', '{image}', 'sleep', '600'])
    ).trim();
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const listed = async (): Promise<unknown> => {
      const lines = (await done(['ps', '--all', '--no-trunc', '--format', 'json']))
        .split('\n')
        .filter(Boolean);
      return lines.map((line) => JSON.parse(line) as { ID: string }).find(({ ID }) => ID === id);
    };
    expect(await listed()).toMatchObject({ Names: 'life', Image: bench.image, Status: 'Created' });
    expect((await inspected('life')).Process).toBeUndefined();
    const again = await nerdctl(['create', '--name', 'life', '--network', 'none', '{image}']);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`is already used by ID \\"${id}\\"`) as string,
    });
    expect(await done(['start', 'life'])).toBe('life\n');
    expect(await nerdctl(['start', id])).toEqual({
      code: 0,
      stdout: `${id}\n`,
      stderr: expect.stringContaining(`container ${id} is already running`) as string,
    });
    expect(await listed()).toMatchObject({ Status: 'Up' });
    expect((await nerdctl(['rm', 'life'])).stderr).toContain(
      `container ${id} is in running status. unpause/stop`,
    );
    expect(await done(['stop', '--time', '0', 'life'])).toBe('life\n');
    expect(await listed()).toMatchObject({ Status: expect.stringMatching(/^Exited \(137\) /) as string });
    expect((await nerdctl(['kill', 'life'])).stderr).toContain(
      `cannot kill container ${id}: container is not running`,
    );
    expect((await nerdctl(['exec', 'life', 'true'])).stderr).toContain('cannot exec in a stopped state');
    await done(['start', 'life']);
    expect(await done(['kill', '--signal', 'KILL', 'life'])).toBe(`${id}\n`);
    expect(await done(['rm', '--force', '--volumes', 'life'])).toBe('life\n');
    expect(await nerdctl(['rm', '--force', 'life'])).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/level=error msg="1 errors:\\nno such container: life"/) as string,
    });
    expect(await listed()).toBeUndefined();
  });

  test('a shim that is not there', async () => {
    await done([
      'create',
      '--name',
      'shimless',
      '--network',
      'none',
      '--runtime',
      'io.containerd.gone.v2',
      '{image}',
    ]);
    const { code, stderr } = await nerdctl(['start', 'shimless']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/runtime \\"io.containerd.gone.v2\\" binary not installed/) as string,
    });
    await done(['rm', 'shimless']);
  });

  test('one that is made with Kata’s shim has a kernel of its own', async () => {
    await started('machine', ['--runtime', kata.runtime]);
    expect(await inside('machine', 'cat /proc/version')).not.toBe(readFileSync('/proc/version', 'utf8'));
    expect((await inspected('machine')).Runtime).toEqual({ Name: kata.runtime, Options: null });
    expect(await done(['exec', '-i', 'machine', 'cat'], 'words')).toBe('words');
    await done(['rm', '--force', 'machine']);
  });
});
