import { expect, test } from 'vitest';
import { packageRoot } from '../../../host/paths.ts';
import { GUEST, type BottleSpec, type Rung } from '../../driver.ts';
import { planOf } from '../steps/steps.ts';
import { rungsOf } from '../rungs.ts';

/**
 * The Docker requests of a start on Kata. Only the runtime's name and the settings for a machine differ from other
 * runtimes.
 */

const rungNamed = (name: string): Rung => {
  const rung = rungsOf('docker').find(({ runtime }) => runtime === name);
  if (rung === undefined) throw new Error(`Docker offers no ${name}`);
  return rung;
};

const specOn = (rung: Rung): BottleSpec => ({
  id: 'worker-1',
  rung,
  networkForm: 'bridge',
  image: { kind: 'reference', reference: 'debian:13' },
  resources: { cpus: 2, memoryBytes: 2 ** 31, pids: 1024, diskBytes: 2 ** 30 },
  env: { HTTPS_PROXY: 'http://127.200.0.1:3128' },
  argv: ['claude'],
  cwd: GUEST.workspace,
  tty: true,
  mounts: [
    {
      hostPath: '/home/u/.local/state/bot-bottle/bottles/worker-1/work',
      guestPath: '/work',
      readOnly: false,
    },
  ],
  runDir: '/home/u/.local/state/bot-bottle/bottles/worker-1/run',
});

function planFor(name: string, runtimeKey?: string, tty = true): string {
  const spec = { ...specOn(rungNamed(name)), tty };
  const steps = planOf({ engine: 'docker', version: '29.5.1', runtimeKey }, spec);
  return steps.map(({ what, call }) => [what, ...call.map((line) => `  ${line}`)].join('\n')).join('\n\n');
}

/** Replaces what depends on this host, user or version by a fixed word. */
const settled = (plan: string): string =>
  plan
    .replaceAll(packageRoot(), 'PACKAGE')
    .replaceAll(/"seccomp=(?:[^"\\]|\\.)*"/g, '"seccomp=PACKAGE/assets/container/seccomp.json"')
    .replaceAll(/(bot-bottle\/default:)[0-9a-f]+/g, '$1DIGEST')
    .replaceAll(/"User":"(?!0:)\d+:\d+"/g, '"User":"UID:GID"')
    .replaceAll(/uid=\d+,gid=\d+/g, 'uid=UID,gid=GID')
    .replaceAll(/nr_inodes=\d+/g, 'nr_inodes=FILES')
    .replaceAll(/("Name":"nofile","Soft":)\d+(,"Hard":)\d+/g, '$1FILES$2FILES');

test('the plan for Kata', async () => {
  await expect(settled(planFor('kata'))).toMatchFileSnapshot('../../../../test/golden/plans/kata.txt');
});

/** The step that runc and gVisor lack: it looks for the virtual machine. */
const LOOK = /\n\nlook for its machine:[^]*?(?=\n\n)/;

/** Removes the settings for machines, to compare two plans. The golden plan contains them. */
const withoutOwn = (plan: string): string =>
  plan
    .replace(LOOK, '')
    .replaceAll(/"(?:OpenStdin|StdinOnce)":(?:true|false),/g, '')
    .replaceAll(/"Memory(?:Swap)?":\d+,|,?"kernel\.threads-max":"\d+"|"Annotations":\{[^}]*\},/g, '')
    // The threads of another kernel count, also in the checks, which need at most 64 themselves.
    .replaceAll('"PidsLimit":512', '"PidsLimit":64');

test("the plan for Kata equals gVisor's with another runtime name and a check of the machine", () => {
  const ofKata = planFor('kata');
  expect(ofKata).toMatch(LOOK);
  const swapped = planFor('runsc').replaceAll('"Runtime":"runsc"', '"Runtime":"kata"');
  expect(differences(withoutOwn(ofKata), withoutOwn(swapped))).toEqual([]);
});

test("the plan for Kata equals runc's without the parts for a shared kernel", () => {
  const named = (plan: string): string => plan.replaceAll(/"Runtime":"(?:runc|kata)"/g, '"Runtime":"X"');
  // On Kata, the checks learn that the kernel is another one. With the host's kernel, each tmpfs, also /dev/shm, has a
  // limit of files.
  const ofKata = named(withoutOwn(planFor('kata'))).replaceAll('"--kernel","own",', '');
  const ofRunc = named(withoutOwn(planFor('runc'))).replaceAll(/,nr_inodes=\d+|,"\/dev\/shm":"[^"]*"/g, '');
  expect(differences(ofKata, ofRunc)).toEqual([]);
});

/** A few characters around the first difference: plans have lines of many thousands. */
function differences(one: string, other: string): string[] {
  const length = Math.max(one.length, other.length);
  const at = Array.from({ length }, (_, index) => index).find((index) => one[index] !== other[index]);
  if (at === undefined) return [];
  return [one, other].map((plan) => plan.slice(Math.max(0, at - 200), at + 200));
}

test('the plan for Kata starts no container with closed input, which would end its output', () => {
  const inputs = (name: string, tty: boolean): string[] =>
    planFor(name, undefined, tty)
      .split('\n')
      .filter((line) => line.includes(`"Runtime":"${name}"`))
      .map((line) => /"OpenStdin":\w+,"StdinOnce":\w+/.exec(line)?.[0] ?? '');
  const open = '"OpenStdin":true,"StdinOnce":false';
  expect(inputs('kata', true)).toEqual([open, open]);
  // Without a terminal, the agent's input ends with the launcher's connection, as on every rung.
  expect(inputs('kata', false)).toEqual([open, '"OpenStdin":true,"StdinOnce":true']);
  // A control: on other runtimes the checks read end of file at once.
  expect(inputs('runsc', true)[0]).toBe('"OpenStdin":false,"StdinOnce":false');
});

test('the plan for Kata requests a machine of the size of its limits', () => {
  const bodies = planFor('kata')
    .split('\n')
    .filter((line) => line.includes('"Runtime":"kata"'))
    .map((line) => JSON.parse(line) as { readonly HostConfig: Readonly<Record<string, unknown>> });
  const asked = bodies.map(({ HostConfig: { Memory, MemorySwap, PidsLimit, Sysctls, Annotations } }) => ({
    Memory,
    MemorySwap,
    PidsLimit,
    threads: (Sysctls as Record<string, string>)['kernel.threads-max'],
    Annotations,
  }));
  const machine = (memoryMiB: number, threads: number): object => ({
    // Kata would add a container's own memory to its machine's.
    Memory: 0,
    MemorySwap: 0,
    PidsLimit: threads,
    threads: String(threads),
    Annotations: {
      'io.katacontainers.config.hypervisor.default_memory': String(memoryMiB),
      'io.katacontainers.config.runtime.disable_guest_seccomp': 'false',
    },
  });
  expect(asked).toEqual([machine(256, 512), machine(2048, 1024)]);
});

test("the plan for Kata has Docker's name of the runtime where it is known", () => {
  const plan = planFor('kata', 'io.containerd.kata.v2');
  expect(plan.includes('"Runtime":"io.containerd.kata.v2"')).toBe(true);
  expect(plan.includes('"Runtime":"kata"')).toBe(false);
  expect(plan.includes('"Runtime":"runc"')).toBe(true);
});
