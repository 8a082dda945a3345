import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { containerName } from '../../../src/drivers/container/names.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { processesWith } from '../../support/traces.ts';
import { traitsOf, type RungUnderTest } from './rung.ts';

/**
 * Returns how many CPUs the agent of a bottle may use at a time, as the host sees it: sched_setaffinity(2) and control
 * groups. `mark` is a unique argument of the agent's shell.
 */
export async function cpusOfAgent(rung: RungUnderTest, bottleId: string, mark: string): Promise<number> {
  const pid = await pidOf(rung, bottleId, mark);
  return Math.min(affinity(pid), quota(pid));
}

async function pidOf(rung: RungUnderTest, bottleId: string, mark: string): Promise<number> {
  // The stand-in's machines are processes of this host.
  const { hasEngine, hasOwnStore, sharesKernel } = traitsOf(rung);
  if (hasEngine) return await pidOfContainer(rung.engine, bottleId);
  return sharesKernel || hasOwnStore ? pidOfShell(mark) : pidOfMachine(bottleId);
}

/** All processors of a machine are threads of one process; the stand-in for Firecracker runs QEMU below it. */
function pidOfMachine(bottleId: string): number {
  const attendants = processesWith([bottleId]).filter(({ text }) => text.includes('attendant.pl'));
  const started = attendants.flatMap(({ pid }) => descendantsOf(pid));
  const named = (name: string): number | undefined =>
    started.find((pid) => readOrEmpty(`/proc/${pid}/comm`).startsWith(name));
  const vmm = named('qemu-system') ?? named('firecracker');
  if (vmm === undefined) throw new Error(`no machine of ${bottleId} runs`);
  return vmm;
}

function descendantsOf(pid: number): number[] {
  const children = readOrEmpty(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function pidOfShell(mark: string): number {
  const isShell = (pid: string): boolean => {
    const [program, ...args] = readOrEmpty(`/proc/${pid}/cmdline`).split('\0');
    return program === 'sh' && args.includes(mark);
  };
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isShell(name));
  if (pid === undefined) throw new Error(`no shell on this host has the argument ${mark}`);
  return Number(pid);
}

async function pidOfContainer(engine: string, bottleId: string): Promise<number> {
  const name = containerName(bottleId, 'agent');
  return Number(await runOrThrow(engine, ['inspect', '--format', '{{.State.Pid}}', name]));
}

/** Returns an empty text for missing or ended processes and files of control groups. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function affinity(pid: number): number {
  const [, mask = ''] = /^Cpus_allowed:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const bits = BigInt(`0x${mask.replaceAll(',', '')}`).toString(2);
  return bits.replaceAll('0', '').length;
}

/** The smallest quota of its control group and those above. */
function quota(pid: number): number {
  const folders = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const hasCpus = controllers === '' || controllers.split(',').includes('cpu');
      return hasCpus ? foldersUpwards(join('/sys/fs/cgroup', controllers), path) : [];
    });
  return Math.min(Infinity, ...folders.map(quotaIn));
}

const foldersUpwards = (root: string, path: string): string[] =>
  path === '/' ? [root] : [join(root, path), ...foldersUpwards(root, dirname(path))];

/** `cpu.max` is cgroup v2's, with `max` for no limit; the other two are v1's, with -1. */
function quotaIn(folder: string): number {
  const read = (name: string): string => readOrEmpty(join(folder, name)).trim();
  const text = read('cpu.max') || `${read('cpu.cfs_quota_us')} ${read('cpu.cfs_period_us')}`;
  const [quotaUs = NaN, periodUs = NaN] = text.split(' ').map(Number);
  return quotaUs > 0 ? quotaUs / periodUs : Infinity;
}
