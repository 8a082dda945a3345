import { describe, expect, test } from 'vitest';
import { agentOwner } from '../../host/user.ts';
import type { BottleSpec } from '../driver.ts';
import { agentOrder } from './agent.ts';
import { execCall } from './cli.ts';
import { nerdctlDriver } from './driver.ts';
import { containerName } from './names.ts';
import { createArguments, type MachineOrder } from './plan.ts';
import { SPEC } from './spec.testing.ts';
import { planSteps } from './steps.ts';

const IMAGE = { reference: 'image', digest: 'sha256:1' };
const FACTS = { image: IMAGE, runtime: 'io.containerd.kata.v2', volumes: ['/data', '/work'] };
const order = (changed: Partial<BottleSpec> = {}): MachineOrder => agentOrder({ ...SPEC, ...changed }, FACTS);
const args = createArguments(order());
const refused = expect.objectContaining({ code: 'rungUnavailable' });

/** The values of an option. */
const valuesOf = (option: string): readonly string[] =>
  args.flatMap((one, index) => (one === option ? [args[index + 1] ?? ''] : []));

const calls = planSteps(SPEC, {}).map(({ call }) => call);

test('a machine has no network, and none is made', () => {
  expect(valuesOf('--network')).toEqual(['none']);
  expect(calls.filter((call) => call.includes('network'))).toEqual([]);
});

test('the agent has the user id of all bottles, which no user of the host has', () => {
  const { uid, gid } = agentOwner();
  expect(order().argv.at(-1)).toBe(`${uid}:${gid}`);
  expect(nerdctlDriver.fileOwner(SPEC.rung)).toEqual({ uid, gid });
});

test('trap swap-is-twice-the-memory: both are said', () => {
  expect(valuesOf('--memory')).toEqual(['4294967296']);
  expect(valuesOf('--memory-swap')).toEqual(valuesOf('--memory'));
});

test('trap cgroup-namespace-of-the-host: a private one is asked for', () => {
  expect(valuesOf('--cgroupns')).toEqual(['private']);
});

test('trap health-check: none', () => {
  expect(args).toContain('--no-healthcheck');
});

test('trap volume-makes-folders: each mount is one of --mount', () => {
  expect(args.filter((one) => one === '--volume' || one === '-v')).toEqual([]);
  expect(valuesOf('--mount')).toContain(
    'type=bind,source=/state/work,target=/work,bind-propagation=rprivate',
  );
});

test('trap read-only-is-not-recursive: nothing below a mount that is read-only shows', () => {
  const readOnly = valuesOf('--mount').filter((value) => value.includes('readonly'));
  expect(readOnly.length).toBeGreaterThan(3);
  expect(readOnly.filter((value) => !value.includes('bind-nonrecursive=true'))).toEqual([]);
});

test('trap files-of-the-host: hosts and resolv.conf are our own, read-only', () => {
  for (const name of ['hosts', 'resolv.conf', 'passwd', 'group'])
    expect(valuesOf('--mount')).toContain(
      `type=bind,source=/state/run/nerdctl/etc/${name},target=/etc/${name},bind-propagation=rprivate,readonly,bind-nonrecursive=true`,
    );
});

test('trap volumes-of-an-image: a bounded tmpfs at each, but where something is mounted', () => {
  expect(valuesOf('--tmpfs')).toEqual([
    '/tmp:size=10737418240,mode=1777,exec',
    '/var/tmp:size=10737418240,mode=1777,exec',
    '/run:size=16777216,mode=1777',
    '/home/agent:size=10737418240,mode=0755,exec',
    '/data:size=10737418240,mode=1777,exec',
  ]);
});

test('trap log-without-a-bound: 64 KiB, and the first program says nothing', () => {
  expect(valuesOf('--log-opt')).toEqual(['max-size=64k']);
  const at = args.indexOf('image');
  expect(valuesOf('--entrypoint')).toEqual(['/usr/bin/perl']);
  expect(args.slice(at + 1, at + 2)).toEqual(['/.bot-bottle/nerdctl/stay.pl']);
});

test('trap terminal-of-the-host: never one of the client’s', () => {
  const all = [...calls, execCall('name', ['sh'])].flat();
  expect(all.filter((one) => one === '-t' || one === '--tty' || one === '-it')).toEqual([]);
});

test('trap copies-are-for-friends: nothing is copied in or out by the client', () => {
  expect(calls.filter((call) => call[0] === 'nerdctl' && call[1] === 'cp')).toEqual([]);
});

test('trap labels-of-an-image: the bottle’s own is set', () => {
  expect(valuesOf('--label')).toEqual(['bot-bottle.id=fixer-1']);
});

test("no value of the user's variables is an argument, and no variable is set", () => {
  expect(JSON.stringify([args, calls])).not.toContain('value-of-token');
  expect(args).not.toContain('--env');
});

test('all capabilities are dropped except those of our own programs', () => {
  expect(valuesOf('--cap-drop')).toEqual(['ALL']);
  expect(valuesOf('--cap-add')).toEqual(['CHOWN', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETPCAP', 'SETUID']);
  expect(valuesOf('--security-opt')).toEqual(['no-new-privileges']);
});

describe('settings that nerdctl cannot express', () => {
  test.each([
    ['a comma', '/a,b'],
    ['a quotation mark', '/a"b'],
    ['a new line', '/a\nb'],
  ])('a start refuses a setting: %s', (_name, hostPath) => {
    const mounts = [{ hostPath, guestPath: '/work', readOnly: false }];
    expect(() => createArguments(order({ mounts }))).toThrow(refused);
  });
});

test('names are valid for nerdctl', () => {
  expect(containerName('fixer-1', 'agent')).toBe('bot-bottle-fixer-1');
  expect(containerName('fixer-1', 'look')).toBe('bot-bottle-fixer-1.look');
  for (const id of ['x'.repeat(70), 'a--b', 'a-'])
    expect(() => containerName(id, 'agent')).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('a running agent cannot be attached to, and the error has the remedy', async () => {
  await expect(
    nerdctlDriver.attach(SPEC, {
      tty: false,
      stdin: undefined,
      stdout: process.stdout,
      stderr: process.stderr,
      size: undefined,
    }),
  ).rejects.toMatchObject({ code: 'usage', fix: expect.stringContaining('bot-bottle exec') as string });
});
