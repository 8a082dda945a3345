import { describe, expect, test } from 'vitest';
import { agentOrder } from './agent.ts';
import { containerIn, type SeenContainer } from './native.ts';
import { differencesOf } from './readback.ts';
import { SPEC } from './spec.testing.ts';

const order = agentOrder(SPEC, {
  image: { reference: 'image', digest: 'sha256:1' },
  runtime: 'io.containerd.kata.v2',
  volumes: [],
});
const ID = 'a'.repeat(64);
const CAPABILITIES = order.capabilities.map((name) => `CAP_${name}`);

const bind = (hostPath: string, destination: string, options: readonly string[]) => ({
  destination,
  type: 'bind',
  source: hostPath,
  options: ['rprivate', ...options],
});

const USUAL = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro', 'nosuid'] },
  bind(`/var/lib/nerdctl/1935db59/containers/default/${ID}/hostname`, '/etc/hostname', ['bind']),
];

/** As requested, in the format of `nerdctl container inspect --mode=native`. */
const GOOD = {
  ID,
  Labels: { 'bot-bottle.id': 'fixer-1', 'nerdctl/networks': '["none"]' },
  Image: 'image',
  Runtime: { Name: 'io.containerd.kata.v2', Options: null },
  Spec: {
    process: {
      args: order.argv,
      env: ['PATH=/usr/bin'],
      user: { uid: 0, gid: 0, additionalGids: [0] },
      cwd: '/',
      noNewPrivileges: true,
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
    },
    root: { path: 'rootfs', readonly: true },
    mounts: [
      ...USUAL,
      ...order.scratch.map(({ guestPath, sizeBytes, mode, executable }) => ({
        destination: guestPath,
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'nodev', `size=${sizeBytes}`, `mode=${mode}`, executable ? 'exec' : 'noexec'],
      })),
      ...order.mounts.map(({ hostPath, guestPath, readOnly }) =>
        bind(hostPath, guestPath, readOnly ? ['ro', 'bind'] : ['rbind']),
      ),
    ],
    annotations: { 'nerdctl/networks': '["none"]' },
    hooks: { createRuntime: [{ path: '/usr/local/bin/nerdctl', args: ['nerdctl', 'internal', 'oci-hook'] }] },
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount', 'network', 'cgroup'].map((type) => ({ type })),
      resources: {
        memory: { limit: 4_294_967_296, swap: 4_294_967_296 },
        cpu: { quota: 150_000, period: 100_000 },
        pids: { limit: 1_024 },
        devices: [{ allow: false, access: 'rwm' }],
      },
      maskedPaths: ['/proc/acpi', '/proc/kcore'],
    },
  },
};

type Path = readonly (string | number)[];

/** A copy with this value at that path; undefined removes the key. */
function changed(path: Path, value: unknown): SeenContainer | undefined {
  const copy = JSON.parse(JSON.stringify([GOOD])) as unknown;
  let here = (copy as Record<string, unknown>[])[0] as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) here = here[key] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete here[last];
  else here[last] = value;
  return containerIn(JSON.stringify(copy));
}

function differences(path: Path, value: unknown): readonly string[] {
  const seen = changed(path, value);
  if (seen === undefined) return ['nothing is shown'];
  return differencesOf(order, seen);
}

test('a container as requested has no difference', () => {
  expect(differences(['Extra'], 1)).toEqual([]);
});

const PROCESS = ['Spec', 'process'] as const;
const LINUX = ['Spec', 'linux'] as const;

describe('a difference is seen', () => {
  test.each<readonly [string, Path, unknown, RegExp]>([
    ['trap labels-of-an-image: another bottle’s label', ['Labels', 'bot-bottle.id'], 'other', /^bottle: /],
    [
      'trap labels-of-an-image: a program for containerd to start',
      ['Labels', 'containerd.io/restart.loguri'],
      'binary:///bin/sh',
      /^labels that others/,
    ],
    [
      'trap labels-of-an-image: a file of the host’s',
      ['Labels', 'nerdctl/pid-file'],
      '/x',
      /^labels that others/,
    ],
    [
      'trap health-check: one',
      ['Labels', 'nerdctl/healthcheck'],
      '{"Test":["CMD","x"]}',
      /^labels that others/,
    ],
    ['trap runtime-names: runc’s shim', ['Runtime', 'Name'], 'io.containerd.runc.v2', /^runtime: /],
    ['other arguments', [...PROCESS, 'args'], ['sh'], /^command: /],
    ['another user', [...PROCESS, 'user', 'uid'], 1, /^user: /],
    ['new privileges', [...PROCESS, 'noNewPrivileges'], undefined, /^no new privileges: /],
    [
      'trap unknown-capability-warns: one that is missing',
      [...PROCESS, 'capabilities', 'effective'],
      CAPABILITIES.slice(1),
      /^effective capabilities/,
    ],
    [
      'trap dockercompat-leaves-out: one more',
      [...PROCESS, 'capabilities', 'bounding'],
      [...CAPABILITIES, 'CAP_SYS_ADMIN'],
      /^bounding capabilities/,
    ],
    ['ambient ones', [...PROCESS, 'capabilities', 'ambient'], ['CAP_KILL'], /^ambient capabilities/],
    ['a root that can be written', ['Spec', 'root', 'readonly'], undefined, /^a read-only root/],
    ['the host’s network', [...LINUX, 'namespaces', 4], { type: 'user' }, /^namespaces/],
    [
      'another’s network',
      [...LINUX, 'namespaces', 4],
      { type: 'network', path: '/proc/1/ns/net' },
      /^namespaces/,
    ],
    [
      'trap cgroup-namespace-of-the-host: it is left out',
      [...LINUX, 'namespaces', 5],
      undefined,
      /^namespaces/,
    ],
    ['no limit of memory', [...LINUX, 'resources', 'memory', 'limit'], undefined, /^memory: not said/],
    ['swap', [...LINUX, 'resources', 'memory', 'swap'], 8_589_934_592, /^memory and swap/],
    ['no limit of processes', [...LINUX, 'resources', 'pids'], undefined, /^processes/],
    ['more processors', [...LINUX, 'resources', 'cpu', 'quota'], 200_000, /^processors/],
    ['a device', [...LINUX, 'devices'], [{ path: '/dev/kvm', type: 'c' }], /^devices/],
    ['nothing masked', [...LINUX, 'maskedPaths'], [], /^masked paths/],
    [
      'a setting for Kata',
      ['Spec', 'annotations'],
      { 'io.katacontainers.config.hypervisor.path': '/x' },
      /^settings for Kata/,
    ],
    [
      'trap hooks-keep-variables: a hook of somebody else',
      ['Spec', 'hooks', 'prestart'],
      [{ path: '/bin/sh' }],
      /^programs that it starts on the host/,
    ],
    [
      'trap volumes-of-an-image: one that was not asked for',
      ['Spec', 'mounts', 99],
      bind('/var/lib/nerdctl/volumes/x', '/data', ['rbind']),
      /^mounted besides: .*\/data/,
    ],
    [
      'trap hostname-is-mounted: another file',
      ['Spec', 'mounts', 4],
      bind('/etc/shadow', '/etc/hostname', ['bind']),
      /^mounted besides: \/etc\/shadow/,
    ],
    [
      'trap files-of-the-host: a copy of the host’s over ours',
      ['Spec', 'mounts', 99],
      bind('/var/lib/nerdctl/x/hosts', '/etc/hosts', ['bind']),
      /^mounted besides: .*\/etc\/hosts/,
    ],
    [
      'a /proc that is none',
      ['Spec', 'mounts', 0],
      bind('/proc', '/proc', ['rbind']),
      /^mounted besides: \/proc/,
    ],
    ['a /sys that can be written', ['Spec', 'mounts', 2, 'options'], ['nosuid'], /^\/sys can be written/],
  ])('a difference is found: %s', (...[, path, value, words]) => {
    expect(
      differences(path, value).some((one) => words.test(one)),
      JSON.stringify(differences(path, value)),
    ).toBe(true);
  });

  test.each(order.mounts.map(({ guestPath }, index) => [guestPath, index]))(
    'a missing or different mount on %s is found',
    (guestPath, index) => {
      const at: Path = ['Spec', 'mounts', USUAL.length + order.scratch.length + index];
      expect(differences(at, null).join('\n')).toMatch(`not mounted: `);
      for (const options of [['rprivate'], ['ro', 'rbind'], ['bind']])
        expect(differences([...at, 'options'], options).join('\n')).toContain(guestPath);
      const asIs = order.mounts[index]?.readOnly === true ? ['ro', 'bind'] : ['rbind'];
      expect(differences([...at, 'options'], asIs).join('\n')).toContain('shared with the host');
    },
  );

  test.each(order.scratch.map(({ guestPath }, index) => [guestPath, index]))(
    'a writable folder %s without a bound, or with devices, is found',
    (guestPath, index) => {
      const at: Path = ['Spec', 'mounts', USUAL.length + index];
      expect(differences(at, null).join('\n')).toContain(`not mounted: tmpfs on ${guestPath}`);
      expect(differences([...at, 'options'], ['nosuid', 'nodev']).join('\n')).toContain(
        'any number of bytes',
      );
      expect(differences([...at, 'options'], ['size=1']).join('\n')).toContain('with devices');
    },
  );
});

test.each([
  ['no text', ''],
  ['no list', '{}'],
  ['nothing', '[]'],
  ['two', JSON.stringify([GOOD, GOOD])],
  ['one without a specification', JSON.stringify([{ ID }])],
  ['one of the other mode', JSON.stringify([{ Id: ID, HostConfig: {} }])],
])('%s is not the answer for a container', (_name, said) => {
  expect(containerIn(said)).toBeUndefined();
});
