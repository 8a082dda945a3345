import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { BOTTLE_LABEL } from '../../../src/drivers/container/names.ts';
import { run } from '../../../src/host/run.ts';
import { makeHome, type Home } from '../../support/home.ts';
import { TEST_USER } from '../../../scripts/setup/test-user.ts';
import { findUser } from '../../support/user.ts';
import { installKata, versionLine, type KataFault, type KataStandIn } from '../../support/kata/install.ts';
import type { Outcome } from '../../support/outcome.ts';

/** Kata from the user's side, with the stand-in for its shim: starts, refusals, and no leftovers. */

const kata: KataStandIn[] = [];
const install = async (...order: Parameters<typeof installKata>): Promise<KataStandIn> => {
  const made = await installKata(...order);
  kata.push(made);
  return made;
};
let home: Home;
let good: KataStandIn;
let manifest: string;

beforeAll(async () => {
  good = await install();
  home = makeHome({ env: { BOT_BOTTLE_KATA_RUNTIME: good.runtime } });
  manifest = manifestWith({});
});
beforeEach(async () => await good.fail([]));
afterAll(async () => {
  await home.remove();
  for (const one of kata) one.remove();
});

const manifestWith = (bottle: object): string =>
  home.manifest({
    bottles: { box: { workspace: 'none', ...bottle } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });

const startArgs = (flags: readonly string[]): string[] => [
  'start',
  'worker',
  home.dir,
  '--manifest',
  manifest,
  '--yes',
  ...flags,
  '--',
  'sh',
  '-c',
  'read -r line </proc/version; echo "$line"',
];

const start = async (flags = ['--runtime', 'kata'], env: Record<string, string> = {}): Promise<Outcome> =>
  await home.run(startArgs(flags), { env });

/** Returns the containers and networks of this test's bottles. No other test uses their runtime. */
async function leftAtDocker(): Promise<string> {
  const { stdout } = await run('docker', ['ps', '-aq', '--filter', `label=${BOTTLE_LABEL}`]);
  const ids = stdout.trim().split('\n').filter(Boolean);
  if (ids.length === 0) return '';
  const format = '{{.HostConfig.Runtime}} {{.Name}}';
  const { stdout: all } = await run('docker', ['inspect', '--format', format, ...ids]);
  return all
    .split('\n')
    .filter((line) => kata.some(({ runtime }) => line.startsWith(runtime)))
    .join('\n');
}

const idsOnDisk = (): string[] => (existsSync(home.bottlesDir) ? readdirSync(home.bottlesDir) : []);

/** Returns the receipt evidence of the newest bottle. */
async function lastEvidence(before: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const [id = ''] = idsOnDisk().filter((one) => !before.includes(one));
  return home.receipt(id).evidence;
}

describe('a bottle', () => {
  it('a Kata bottle starts, and its receipt names the machine and its kernel', async () => {
    const before = idsOnDisk();
    const { code, stdout, stderr } = await start();
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const evidence = await lastEvidence(before);
    expect(stdout.trim()).toBe(evidence['guestKernel']);
    expect(evidence['hostKernel']).not.toBe(evidence['guestKernel']);
    expect(evidence).toMatchObject({
      runtimeKey: good.runtime,
      machine: expect.stringMatching(
        /^qemu-system-x86_64, process \d+: holds a virtual machine of KVM$/,
      ) as string,
      guestInterfaces: 'eth0',
      limits: expect.stringMatching(
        /^by its machine's own kernel: \d+ bytes of memory, \d+ processes and threads/,
      ) as string,
      seccomp: expect.stringMatching(/^a filter in its machine on the first/) as string,
      runtimeVersion: expect.stringContaining('version: 4.1.0') as string,
    });
  });

  /**
   * Real Kata ends a program's output with its input, and so does the stand-in
   * (test/integration/stand-ins/kata-stand-in.test.ts).
   */
  const SPEAKS_TWICE = 'echo first; cat; sleep 0.5; echo second; sleep 0.2; echo complaint >&2';

  it('a Kata bottle delivers all output after its input has ended, also from an exec', async () => {
    const flags = startArgs(['--runtime', 'kata']).slice(0, -1);
    const alone = await home.run([...flags, SPEAKS_TWICE], { stdin: '' });
    expect(alone).toMatchObject({ code: 0, stdout: 'first\nsecond\n' });
    expect(alone.stderr).toMatch(/^complaint$/m);
    const before = idsOnDisk();
    const child = home.spawn([...flags, 'echo up; exec sleep 60']);
    await once(child.stdout ?? child, 'data');
    const [id = ''] = idsOnDisk().filter((one) => !before.includes(one));
    const beside = await home.run(['exec', id, '--', 'sh', '-c', SPEAKS_TWICE], { stdin: 'typed\n' });
    const ended = once(child, 'close');
    await home.run(['stop', id]);
    await ended;
    expect(beside).toMatchObject({ code: 0, stdout: 'first\ntyped\nsecond\n', stderr: 'complaint\n' });
  });

  it('Docker lists a Kata bottle while it runs, and not afterwards (control of the searches below)', async () => {
    const child = home.spawn([...startArgs(['--runtime', 'kata']).slice(0, -1), 'sleep 4']);
    const ended = new Promise((resolve) => child.once('close', resolve));
    await expect.poll(leftAtDocker).toMatch(/bot-bottle/);
    expect(await ended).toBe(0);
    expect(await leftAtDocker()).toBe('');
  });

  it('auto takes Kata under Docker where a machine is requested', async () => {
    const { code, stderr } = await start(['--runtime', 'auto', '--engine', 'docker', '--min-boundary', 'vm']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/kata on docker \(vm\): the strongest rung that is ready here/);
  });
});

/** Faults that begin after the check has found the rung ready: the bottle's launch checks refuse the start. */
describe('a Kata bottle that must not start', () => {
  it.each<[KataFault, RegExp, RegExp]>([
    [
      'no interface',
      /the gateway cannot be reached from the bottle’s network/,
      /Kata Containers 3\.30 or newer/,
    ],
    ['shared kernel', /its kernel is the host's own: Linux version/, /the registered runtime is not Kata/],
    ['no machine', /no process of its containerd-shim-kata\S+ has a virtual machine of KVM/, /is not Kata/],
    ['no kvm', /no process of its containerd-shim-kata\S+ has a virtual machine of KVM/, /is not Kata/],
  ])('a Kata bottle does not start with %s, and leaves nothing', async (fault, reason, fix) => {
    expect((await start()).code).toBe(0);
    await good.fail([fault]);
    const { code, stdout, stderr } = await start();
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toMatch(reason);
    expect(stderr).toMatch(fix);
    expect(await leftAtDocker()).toBe('');
    // The check itself finds the fault too.
    const { stderr: again, code: second } = await start();
    expect({ second }).toEqual({ second: 6 });
    expect(again).toMatch(/kata on docker \(vm\): installed: the container is not seen to be a machine/);
  });
});

/** The stand-in now behaves as the real Kata 4.1.0 did, whatever Docker requested. */
it.each<[KataFault, RegExp]>([
  ['fixed memory', /of memory in its machine: 2147483648, where[^]*"default_memory" to enable_annotations/],
  ['no sysctls', /processes and threads in its machine: \d+, where[^]*kernel\.threads-max/],
  ['no filter', /no seccomp filter holds its first process: Seccomp 0[^]*disable_guest_seccomp = false/],
])('a machine with %s exceeds its bounds, and runs no agent', async (fault, words) => {
  await good.fail([fault]);
  const { code, stdout, stderr } = await start();
  expect({ code, stdout, left: await leftAtDocker() }).toEqual({ code: 6, stdout: '', left: '' });
  expect(stderr).toMatch(words);
});

describe('a docker group user with Kata', () => {
  let users: Home;
  beforeAll(async () => {
    const user = await findUser(TEST_USER, 'docker');
    users = makeHome({ user, env: { BOT_BOTTLE_KATA_RUNTIME: good.runtime } });
  });
  afterAll(async () => await users.remove());

  const startAsUser = async (): Promise<Outcome> => {
    const project = users.project('project');
    const bottles = { box: { workspace: 'none' } };
    const path = users.manifest({ bottles, agents: { worker: { bottle: 'box', agent: 'shell' } } });
    const flags = ['--manifest', path, '--yes', '--runtime', 'kata'];
    return await users.run(['start', 'worker', project, ...flags, '--', 'echo', 'ran']);
  };

  it('a machine known only by its name starts, and the receipt says so', async () => {
    const { code, stdout, stderr } = await startAsUser();
    expect({ code, stdout, stderr: code === 0 ? '' : stderr }).toEqual({
      code: 0,
      stdout: 'ran\n',
      stderr: '',
    });
    const [id = ''] = readdirSync(users.bottlesDir);
    expect(users.receipt(id).evidence['machine']).toMatch(
      /^qemu-system-x86_64, process \d+: by its name: only root can list its open files$/,
    );
  });

  it('a start without a visible machine is refused, and names the user who sees more', async () => {
    await good.fail(['no machine']);
    const { code, stderr } = await startAsUser();
    expect(code).toBe(6);
    expect(stderr).toMatch(/has started no VMM that this user could see/);
    expect(stderr).toMatch(/what to do: sudo bot-bottle doctor/);
  });
});

describe('Kata settings that start nothing', () => {
  const refused = async (order: Parameters<typeof installKata>[0], reason: RegExp): Promise<KataStandIn> => {
    const made = await install(order);
    const before = idsOnDisk();
    const { code, stderr } = await start(undefined, { BOT_BOTTLE_KATA_RUNTIME: made.runtime });
    expect(code).toBe(6);
    expect(stderr).toMatch(reason);
    expect(idsOnDisk()).toEqual(before);
    return made;
  };

  it('a Kata that loses its network starts nothing, unless the user insists', async () => {
    const old = await refused({ said: versionLine('3.28.0') }, /Kata 3\.28\.0 .*kata-containers#9340/);
    const env = { BOT_BOTTLE_KATA_RUNTIME: old.runtime, BOT_BOTTLE_KATA_ANY_VERSION: '1' };
    expect((await start(undefined, env)).code).toBe(0);
  });

  it.each([
    ['says nothing of its version', { said: 'usage: ...' }],
    ['fails when it is asked', { exitCode: 1 }],
  ])('a Kata shim that %s starts nothing', async (_what, order) => {
    const { runtime } = await refused(order, /the version of Kata cannot be read: \S+ --version/);
    expect(await leftAtDocker()).not.toContain(runtime);
  });

  it('a Kata name that leads nowhere starts nothing', async () => {
    for (const [asked, reason] of [
      ['kata-runtime', /kata-runtime is no runtime since Kata 2\.0/],
      ['elsewhere', /Docker has no runtime called elsewhere/],
      ['runc', /registered as an OCI runtime/],
    ] as const) {
      const { code, stderr } = await start(undefined, { BOT_BOTTLE_KATA_RUNTIME: asked });
      expect(code).toBe(6);
      expect(stderr).toMatch(reason);
    }
  });

  it('a /dev/kvm that is no device starts nothing', async () => {
    const file = join(home.dir, 'no-kvm');
    writeFileSync(file, '');
    const cli = join(home.dir, 'package', 'dist', 'cli.cjs');
    const script = 'mount --bind "$0" /dev/kvm && exec "$@"';
    const args = [
      '--mount',
      'sh',
      '-c',
      script,
      file,
      process.execPath,
      cli,
      ...startArgs(['--runtime', 'kata']),
    ];
    // A separate cache: the kept result of the rung was found with the device, and would not be checked again.
    const cache = join(home.dir, 'other-cache');
    const { exitCode, stderr } = await run('unshare', args, {
      env: { ...home.env, XDG_CACHE_HOME: cache },
      timeoutMs: 90_000,
    });
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/\/dev\/kvm is no device/);
  });
});

test('a manifest that mounts a host socket is refused before anything starts', async () => {
  const servers = [
    { host: 'git.example.org', port: 22, user: 'git', identity: '~/.ssh/id', known_host: 'ssh-ed25519 AAAA' },
  ];
  const before = idsOnDisk();
  const [usual, key] = [manifest, join(home.dir, 'key')];
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const { stdout: publicKey } = await run('ssh-keygen', ['-y', '-f', key]);
  manifest = manifestWith({
    ssh: servers.map((one) => ({
      ...one,
      identity: key,
      known_host: publicKey.trim().split(' ').slice(0, 2).join(' '),
    })),
  });
  const { code, stderr } = await start();
  manifest = usual;
  expect(code).toBe(6);
  expect(stderr).toMatch(/gives bottles no socket of the host/);
  expect(idsOnDisk()).toEqual(before);
  expect(await leftAtDocker()).toBe('');
});
