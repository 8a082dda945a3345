import { describe, expect, test } from 'vitest';
import { agentOrder } from './agent.ts';
import { execCall, startCall } from './cli.ts';
import { appleDriver } from './driver.ts';
import { gatewayOrder } from './gateway.ts';
import { containerName } from './names.ts';
import { GATEWAY_SOCKETS, hostPaths } from './machine-paths.ts';
import { createArguments, expectShort, type ContainerOrder } from './plan.ts';
import { SPEC } from './spec.testing.ts';
import { planSteps } from './steps.ts';
import type { BottleSpec } from '../driver.ts';

const facts = {
  image: 'image',
  denied: ['192.0.2.1:443'],
  isFile: ({ guestPath }: { readonly guestPath: string }) => guestPath.startsWith('/etc/ssl/'),
};
const FILES = {
  configPath: '/config.json',
  input: () => '',
  mounts: [
    { hostPath: '/state/run/config.json', guestPath: '/config.json', readOnly: true },
    { hostPath: '/state/audit', guestPath: '/run/audit', readOnly: false },
  ],
  published: [],
};
const agent = (changed: Partial<BottleSpec> = {}): ContainerOrder =>
  agentOrder({ ...SPEC, ...changed }, facts);
const gateway = gatewayOrder(SPEC, 'image', FILES);
const agentArgs = createArguments(agent());
const gatewayArgs = createArguments(gateway);
const refused = expect.objectContaining({ code: 'rungUnavailable' });

/** The values of an option. */
const valuesOf = (args: readonly string[], option: string): readonly string[] =>
  args.flatMap((one, index) => (one === option ? [args[index + 1] ?? ''] : []));

test('trap internal-network: the agent has no network, and none is made', () => {
  expect(valuesOf(agentArgs, '--network')).toEqual(['none']);
  const calls = planSteps(SPEC, {}).map(({ call }) => call.join(' '));
  expect(calls.filter((call) => call.includes('network create') || call.includes('--internal'))).toEqual([]);
});

test('trap order-of-networks: every machine has one', () => {
  expect(valuesOf(agentArgs, '--network')).toHaveLength(1);
  expect(valuesOf(gatewayArgs, '--network')).toEqual(['default']);
});

test('trap socket-in-a-folder: each socket is mounted by itself, and their folder is not', () => {
  const volumes = valuesOf(agentArgs, '--volume');
  for (const name of ['proxy', 'http', 'https', 'dnsTcp'])
    expect(volumes).toContain(`/state/run/sockets/${name}:/.bot-bottle-sockets/${name}`);
  expect(volumes).toContain('/state/run/keys/s:/ssh/agent');
  const sources = volumes.map((volume) => volume.split(':')[0]);
  for (const folder of [hostPaths(SPEC.runDir).socketsDir, SPEC.runDir])
    expect(sources).not.toContain(folder);
});

test('trap socket-on-tmpfs: the gateway’s sockets are on a root that can be written', () => {
  expect(gatewayArgs).not.toContain('--read-only');
  const places = valuesOf(gatewayArgs, '--mount').concat(valuesOf(gatewayArgs, '--tmpfs')).join(' ');
  expect(places).not.toContain(GATEWAY_SOCKETS);
  for (const pair of valuesOf(gatewayArgs, '--publish-socket'))
    expect(pair).toContain(`:${GATEWAY_SOCKETS}/`);
});

test('trap long-socket-path: refused before anything is made', () => {
  const long = `/${'x'.repeat(103)}`;
  expect(() => expectShort([{ hostPath: long, guestPath: '/s' }])).toThrow(refused);
  expect(() => expectShort([{ hostPath: long.slice(1), guestPath: '/s' }])).not.toThrow();
  expect(() => agent({ runDir: long })).toThrow(refused);
  expect(() => gatewayOrder({ ...SPEC, runDir: long }, 'image', FILES)).toThrow(refused);
});

test('trap single-file-mount: each file is alone in its folder', () => {
  const sources = valuesOf(agentArgs, '--volume').map((volume) => volume.split(':')[0] ?? '');
  expect(sources).not.toContain('/state/run/etc/ca-certificates.pem');
  const files = sources.filter((source) => source.startsWith(hostPaths(SPEC.runDir).filesDir));
  const folders = files.map((file) => file.slice(0, file.lastIndexOf('/')));
  expect(files).toHaveLength(5);
  expect(new Set(folders).size).toBe(files.length);
  const ofGateway = valuesOf(gatewayArgs, '--volume').map((volume) => volume.split(':')[0] ?? '');
  expect(ofGateway).not.toContain('/state/run/config.json');
  expect(ofGateway).toContain('/state/audit');
  expect(ofGateway.filter((source) => source.startsWith(hostPaths(SPEC.runDir).filesDir))).toHaveLength(2);
});

describe('trap separators-in-paths', () => {
  test.each([
    ['a folder with a colon', { hostPath: '/a:b', guestPath: '/work', readOnly: false }],
    ['a place with a colon', { hostPath: '/a', guestPath: '/w:k', readOnly: false }],
  ])('trap separators-in-paths: %s is refused', (_name, mount) => {
    expect(() => createArguments(agent({ mounts: [mount] }))).toThrow(refused);
  });
});

test('trap tmpfs-options: by --mount, with size and mode; never by --tmpfs', () => {
  expect(agentArgs).not.toContain('--tmpfs');
  expect(valuesOf(agentArgs, '--mount')).toEqual([
    'type=tmpfs,destination=/tmp,size=10240M,mode=1777',
    'type=tmpfs,destination=/var/tmp,size=10240M,mode=1777',
    'type=tmpfs,destination=/run,size=16M,mode=1777',
    'type=tmpfs,destination=/home/agent,size=10240M,mode=0755',
  ]);
});

test('trap entrypoint: ours takes the place of the image’s', () => {
  expect(valuesOf(agentArgs, '--entrypoint')).toEqual(['/usr/bin/perl']);
  expect(valuesOf(gatewayArgs, '--entrypoint')).toEqual(['/usr/local/bin/node']);
  const at = agentArgs.indexOf('image');
  expect(agentArgs[at + 1]).toBe('/.bot-bottle/attached/first.pl');
});

test('trap labels: one, whose value has no =', () => {
  for (const args of [agentArgs, gatewayArgs])
    expect(valuesOf(args, '--label')).toEqual([expect.stringMatching(/^[^=]+=[^=]+$/)]);
});

test('trap names: what is too long or has another character is refused', () => {
  expect(containerName('a'.repeat(44), 'gateway')).toHaveLength(63);
  expect(() => containerName('a'.repeat(45), 'gateway')).toThrow(expect.objectContaining({ code: 'usage' }));
  expect(() => containerName('a/b', 'agent')).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('trap whole-cpus: the next whole number, and never none', () => {
  const cpus = [0.2, 1, 1.5].map((cpus) => agent({ resources: { ...SPEC.resources, cpus } }).cpus);
  expect(cpus).toEqual([1, 1, 2]);
});

test('trap least-memory: said, with what to change', () => {
  const memoryBytes = 100 * 1024 ** 2;
  const small = agent({ resources: { ...SPEC.resources, memoryBytes } });
  expect(() => createArguments(small)).toThrow(refused);
});

test('trap no-pids-limit: a limit of the user’s processes', () => {
  expect(agentArgs).not.toContain('--pids-limit');
  expect(valuesOf(agentArgs, '--ulimit')).toEqual(['nproc=1024:1024']);
});

test('trap exec-env: no variable comes by an option, and no value is shown', () => {
  expect(execCall('name', ['x'])).not.toContain('--env');
  expect(valuesOf(agentArgs, '--env')).toEqual([]);
  const shown = JSON.stringify([agentArgs, planSteps(SPEC, {})]);
  expect(shown).not.toContain('value-of-token');
});

test('trap host-terminal: the client never has a terminal', () => {
  const calls = [
    agentArgs,
    gatewayArgs,
    startCall('n'),
    execCall('n', []),
    createArguments(agent({ tty: true })),
  ];
  expect(calls.flat().filter((arg) => /^(--tty|-t|-it|-ti)$/.test(arg))).toEqual([]);
});

test('trap capabilities: all dropped; the agent’s first program has six, the gateway none', () => {
  expect(valuesOf(agentArgs, '--cap-drop')).toEqual(['ALL']);
  expect(valuesOf(gatewayArgs, '--cap-drop')).toEqual(['ALL']);
  expect(valuesOf(gatewayArgs, '--cap-add')).toEqual([]);
  expect(valuesOf(agentArgs, '--cap-add')).toEqual(
    'CHOWN KILL NET_BIND_SERVICE SETGID SETPCAP SETUID'.split(' '),
  );
});

test('trap kept-output: the agent is no first program, and is started by exec', () => {
  expect(agentArgs).not.toContain('claude');
  const [start] = planSteps(SPEC, {}).filter(({ what }) => what.includes('claude'));
  expect(start?.call.slice(0, 2)).toEqual(['container', 'exec']);
});

test('trap no-exit-code: not known of an agent that nobody is connected with; trap no-attach: said', async () => {
  expect(await appleDriver.exitCodeOf(SPEC)).toBeUndefined();
  const io = {
    tty: false,
    stdin: undefined,
    stdout: process.stdout,
    stderr: process.stderr,
    size: undefined,
  };
  await expect(appleDriver.attach(SPEC, io)).rejects.toMatchObject({ code: 'usage' });
});

test('trap copy-loses-modes: no step copies into a machine', () => {
  const verbs = planSteps(SPEC, {}).flatMap(({ call }) => (call[0] === 'container' ? [call[1]] : []));
  expect(verbs).not.toContain('cp');
  expect(verbs).not.toContain('copy');
});

test('no option forwards anything else of the host', () => {
  for (const args of [agentArgs, gatewayArgs])
    for (const option of ['--ssh', '--virtualization', '--rosetta', '--publish', '-p'])
      expect(args).not.toContain(option);
});
