import { describe, expect, test } from 'vitest';
import { agentOrder } from './agent.ts';
import type { SeenContainer } from './json/container.ts';
import type { ContainerOrder } from './plan.ts';
import { expectPlainEnvironment } from '../attached/environment.ts';
import { differencesOf } from './readback.ts';
import { SPEC } from './spec.testing.ts';

const order: ContainerOrder = agentOrder(SPEC, { image: 'image', denied: [], isFile: () => false });

const folder = (source: string, destination: string, options: readonly string[]) => ({
  source,
  destination,
  options,
  isTmpfs: false,
});

/** As requested. */
const good: SeenContainer = {
  id: order.name,
  state: 'stopped',
  mounts: [
    ...order.scratch.map(({ guestPath, sizeBytes, mode }) => ({
      source: '',
      destination: guestPath,
      isTmpfs: true,
      options: [`size=${sizeBytes}`, `mode=${mode}`],
    })),
    ...order.mounts.map((mount) => folder(mount.hostPath, mount.guestPath, mount.readOnly ? ['ro'] : [])),
    ...order.mountedSockets.map(({ hostPath, guestPath }) => folder(hostPath, guestPath, [])),
  ],
  imageDigest: 'sha256:1',
  environment: ['PATH=/usr/bin'],
  ports: [],
  networks: [],
  capAdd: order.capabilities,
  capDrop: ['ALL'],
  readOnly: true,
  cpus: order.cpus,
  memoryBytes: order.memoryBytes,
  command: order.argv,
  user: '0:0',
  limits: { nproc: order.processes },
  labels: {},
  sockets: [],
  ssh: false,
  virtualization: false,
};

test('a machine as requested has no difference', () =>
  expect(differencesOf(order, 'sha256:1', good)).toEqual([]));

describe('trap not-applied', () => {
  const [first, ...rest] = good.mounts;
  test.each<readonly [string, Partial<SeenContainer>]>([
    ['another image', { imageDigest: 'sha256:2' }],
    ['an image that is not said', { imageDigest: undefined }],
    ['variables that are not said', { environment: undefined }],
    ['a port of the host', { ports: ['{"hostPort":1}'] }],
    ['a network', { networks: ['default'] }],
    ['a capability more', { capAdd: [...order.capabilities, 'NET_ADMIN'] }],
    ['capabilities not dropped', { capDrop: [] }],
    ['a root that can be written', { readOnly: false }],
    ['more processors', { cpus: 8 }],
    ['memory that is not said', { memoryBytes: undefined }],
    ['no limit of processes', { limits: {} }],
    ['another user', { user: '1000:1000' }],
    ['another command', { command: ['/bin/sh'] }],
    ['a socket to the host', { sockets: [{ hostPath: '/s', guestPath: '/s' }] }],
    ['the host’s SSH agent', { ssh: true }],
    ['a mount less', { mounts: rest }],
    ['a mount more', { mounts: [...good.mounts, folder('/', '/host', [])] }],
    [
      'a mount that can be written',
      { mounts: good.mounts.map((one) => ({ ...one, options: one.isTmpfs ? one.options : [] })) },
    ],
    ['a tmpfs of any size', { mounts: [{ ...(first ?? folder('', '', [])), options: [] }, ...rest] }],
  ])('trap not-applied: %s is a difference', (_what, changed) => {
    expect(differencesOf(order, 'sha256:1', { ...good, ...changed })).not.toEqual([]);
  });

  test("macOS's own names of /tmp and /var count as the same folders", () => {
    const mounts = good.mounts.map((one) => ({
      ...one,
      source: one.source.replace(/^\/state/, '/private/var/state'),
    }));
    const moved = JSON.parse(JSON.stringify(order).replaceAll('"/state', '"/var/state')) as ContainerOrder;
    expect(differencesOf(moved, 'sha256:1', { ...good, mounts })).toEqual([]);
  });
});

test('a missing, wrong or duplicate variable is a difference', () => {
  const set = { ...order, env: { HOME: '/tmp' } };
  const differences = (environment: readonly string[] | undefined): readonly string[] =>
    differencesOf(set, 'sha256:1', { ...good, environment });
  expect(differences(['HOME=/tmp', 'PATH=/usr/bin'])).toEqual([]);
  for (const wrong of [undefined, [], ['HOME=/root'], ['HOME=/tmp', 'HOME=/root']])
    expect(differences(wrong)).not.toEqual([]);
});

describe('trap image-environment', () => {
  test.each([
    ['/usr/bin/perl', 'PERL5LIB'],
    ['/usr/bin/perl', 'PERL5OPT'],
    ['/usr/bin/perl', 'PERLLIB'],
    ['/usr/bin/perl', 'LD_PRELOAD'],
    ['/usr/bin/perl', 'GCONV_PATH'],
    ['/usr/local/bin/node', 'NODE_OPTIONS'],
    ['/usr/local/bin/node', 'LD_LIBRARY_PATH'],
  ])('trap image-environment: to %s, %s is refused by its name', (program, name) => {
    const set = ['PATH=/bin', `${name}=/work/lib`];
    expect(() => expectPlainEnvironment([program], set)).toThrow(name);
  });

  test('trap image-environment: a variable that the program does not obey is accepted', () => {
    const set = ['PATH=/bin', 'NODE_OPTIONS=--x', 'LDFLAGS=-L', 'EDITOR=vi', 'ENV=production'];
    expect(() => expectPlainEnvironment(['/usr/bin/perl'], set)).not.toThrow();
    expect(() => expectPlainEnvironment(['/usr/local/bin/node'], ['PERL5LIB=/x'])).not.toThrow();
  });
});
