import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeScratch } from '../src/drivers/microvm/guest/disks.ts';
import { commonArchive, ownDisk } from '../src/drivers/microvm/guest/initramfs.ts';
import { ensureKernel } from '../src/drivers/microvm/guest/kernel.ts';
import { readPrograms } from '../src/drivers/microvm/guest/programs.ts';
import { readScripts } from '../src/drivers/microvm/guest/scripts.ts';
import { ensureImageDisk } from '../src/drivers/microvm/image.ts';
import { acceleration } from '../src/drivers/microvm/look/acceleration.ts';
import { QEMU_VMM } from '../src/drivers/microvm/vmm/qemu.ts';
import { median } from './median.ts';
import { memoryMiBOf } from './processes.ts';

/**
 * Time to the first output of a bottle that is a virtual machine, against a bare QEMU that boots the same kernel and image to the
 * same program; and what each of so many bottles takes of memory and disk.
 *
 *   npm run bench -- microvm [PAIRS] [MOST]
 */

const RESOURCES = { cpus: 1, memory: '512m', pids: 256, disk: '512m' };
const MIB = 1024 ** 2;
const GOAL = 1.15;

const home = mkdtempSync(join(tmpdir(), 'bot-bottle-bench-'));
const work = { progress: () => undefined, signal: new AbortController().signal };

/** Runs the comparison and prints two tables. */
export async function main([pairs = '5', most = '4']: readonly string[]): Promise<void> {
  const manifestPath = join(home, 'bot-bottle.yaml');
  writeFileSync(
    manifestPath,
    JSON.stringify({
      bottles: { b: { workspace: 'none', resources: RESOURCES } },
      agents: { prober: { bottle: 'b', agent: 'shell' } },
    }),
  );
  try {
    await firstExec(manifestPath, Number(pairs));
    await crowd(manifestPath, Number(most));
  } finally {
    rmSync(home, { recursive: true });
  }
}

async function firstExec(manifestPath: string, pairs: number): Promise<void> {
  const bare = await bareMachine();
  console.log(`${pairs} pairs, after one that warms caches; load before: ${loadavg()[0]?.toFixed(1)}\n`);
  const times: { readonly bottleMs: number; readonly bareMs: number }[] = [];
  for (let pair = 0; pair <= pairs; pair += 1) {
    const bottleMs = await firstOutputMs(startOf(manifestPath, ['sh', '-c', 'echo first']));
    const bareMs = await firstOutputMs(bare);
    if (pair > 0) times.push({ bottleMs, bareMs });
  }
  const of = (pick: (time: (typeof times)[number]) => number): number => median(times.map(pick));
  const ratio = of(({ bottleMs, bareMs }) => bottleMs / bareMs);
  const figures = [of(({ bottleMs }) => bottleMs).toFixed(0), of(({ bareMs }) => bareMs).toFixed(0)];
  console.log('| bottle ms | bare QEMU ms | ratio | goal |\n| --: | --: | --: | --- |');
  const verdict = ratio <= GOAL ? 'held' : 'MISSED';
  console.log(`| ${[...figures, ratio.toFixed(2), `${verdict} (at most ${GOAL}x)`].join(' | ')} |\n`);
}

/** What is a machine's own, as far as its first steps go. */
const NOBODYS = {
  hostName: 'bare',
  address: '',
  gatewayAddress: '',
  netmask: '',
  hostKey: Buffer.alloc(0),
  authorizedKey: '',
  processes: 0,
  descriptors: 0,
  places: [],
};

/** The same kernel, initrd, base and kinds of disks, to a program that says a word on the console. */
async function bareMachine(): Promise<readonly string[]> {
  const [kernel, programs, scripts, base] = await Promise.all([
    ensureKernel(work),
    readPrograms(),
    readScripts(),
    ensureImageDisk({ kind: 'default' }, work),
  ]);
  const { accelerator, tscKhz } = await acceleration(QEMU_VMM, { ...work, dir: home });
  const second = 'echo first >/dev/ttyS0; /run/bot-bottle/busybox reboot -f\n';
  const common = commonArchive({ programs, modules: kernel.modules, scripts: { ...scripts, second } });
  const [initrdPath, scratchPath, ownPath] = ['initrd', 'scratch', 'own'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(initrdPath, common);
  writeFileSync(ownPath, ownDisk(NOBODYS));
  await makeScratch(scratchPath, 512 * MIB);
  chmodSync(scratchPath, 0o666);
  const machine = {
    cpus: RESOURCES.cpus,
    memoryMib: 512,
    kernelPath: kernel.vmlinuxPath,
    initrdPath,
    disks: [
      { path: base.path, readOnly: true },
      { path: scratchPath, readOnly: false },
      ...Array.from({ length: 3 }, () => ({ path: ownPath, readOnly: true })),
    ],
    tapName: undefined,
  };
  return QEMU_VMM.command(machine, { bottleId: 'bare', accelerator, tscKhz, purpose: 'look' });
}

function startOf(manifestPath: string, argv: readonly string[]): readonly string[] {
  const cli = join(import.meta.dirname, '..', 'dist', 'cli.cjs');
  const trusted = ['--manifest', manifestPath, '--yes', '--runtime', 'qemu'];
  return [process.execPath, cli, 'start', 'prober', home, ...trusted, '--', ...argv];
}

const begin = ([program = '', ...args]: readonly string[]): ChildProcess =>
  // Not among the user's own bottles.
  spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, XDG_STATE_HOME: home } });

/** Milliseconds until `first` is said; waits for its end, so that no run disturbs the next. */
async function firstOutputMs(command: readonly string[]): Promise<number> {
  const started = process.hrtime.bigint();
  const child = begin(command);
  child.stdin?.end();
  let firstMs: number | undefined;
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('first')) firstMs ??= Number(process.hrtime.bigint() - started) / 1e6;
  });
  await new Promise((resolve) => child.on('close', resolve));
  if (firstMs === undefined) throw new Error(`${command.join(' ')}: no output\n${said}`);
  return firstMs;
}

/** One bottle more at a time, all waiting. */
async function crowd(manifestPath: string, most: number): Promise<void> {
  console.log(
    '| bottles | ms to the last one’s output | VMM MiB each | disk MiB each |\n| --: | --: | --: | --: |',
  );
  const bottles: ChildProcess[] = [];
  for (let count = 1; count <= most; count += 1) {
    const started = process.hrtime.bigint();
    const child = begin(startOf(manifestPath, ['sh', '-c', 'echo first; cat']));
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    bottles.push(child);
    const ms = Number(process.hrtime.bigint() - started) / 1e6;
    const memory = median(vmms().map((pid) => memoryMiBOf(pid, 'VmRSS')));
    console.log(`| ${[count, ms.toFixed(0), memory.toFixed(0), diskMib().toFixed(1)].join(' | ')} |`);
  }
  for (const child of bottles) child.stdin?.end();
  await Promise.all(
    bottles.map(async (child) => await new Promise((resolve) => child.once('close', resolve))),
  );
}

/** The VMMs of this bench's bottles. */
const vmms = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => (isVmm(pid) ? [Number(pid)] : []));

function isVmm(pid: string): boolean {
  try {
    return statSync(`/proc/${pid}/root/vm/scratch`).isFile() && memoryMiBOf(Number(pid), 'VmRSS') > 64;
  } catch {
    return false; // another's, or ended meanwhile
  }
}

/** What the disks of one bottle take of this host's, in the middle. */
function diskMib(): number {
  const dir = join(home, 'bot-bottle', 'bottles');
  const sizes = readdirSync(dir).flatMap((id) => {
    try {
      const machine = join(dir, id, 'run', 'machine');
      return [
        ['scratch', 'work', 'files', 'initrd'].reduce(
          (sum, name) => sum + statSync(join(machine, name)).blocks * 512,
          0,
        ),
      ];
    } catch {
      return []; // it has ended
    }
  });
  return median(sizes) / MIB;
}
