import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeScratch } from '../src/drivers/microvm/guest/disks.ts';
import { commonArchive, ownDisk } from '../src/drivers/microvm/guest/initramfs.ts';
import { ensureKernel } from '../src/drivers/microvm/guest/kernel/kernel.ts';
import { readPrograms } from '../src/drivers/microvm/guest/programs.ts';
import { readScripts } from '../src/drivers/microvm/guest/initrd.ts';
import { ensureImageDisk } from '../src/drivers/microvm/image.ts';
import { acceleration } from '../src/drivers/microvm/check/acceleration.ts';
import { QEMU_VMM } from '../src/drivers/microvm/vmm/qemu.ts';
import { cacheDir } from '../src/host/paths.ts';
import { median } from './median.ts';
import { memoryMiBOf } from './processes.ts';

/**
 * Time to the first output of a bottle in a virtual machine, booted from its kernel and from a saved machine, against a
 * bare QEMU that boots the same kernel and image to the same program; and the memory and disk of each bottle as their
 * number grows.
 *
 *   npm run bench -- microvm [PAIRS] [MOST]
 */

const RESOURCES = { cpus: 1, memory: '512m', pids: 256, disk: '512m' };
const MIB = 1024 ** 2;
const BAR_MS = 250;
const GOAL = 1.15;
const SAVED_GOAL = 0.5;

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

/** A machine begins from its kernel (none can be saved), from a saved machine, or as the first one, then saved. */
type Beginning = 'kernel' | 'saved' | 'first';

async function firstExec(manifestPath: string, pairs: number): Promise<void> {
  const bare = await bareMachine();
  const start = startOf(manifestPath, ['sh', '-c', 'echo first']);
  console.log(`${pairs} rounds, after one that warms caches; load before: ${loadavg()[0]?.toFixed(1)}\n`);
  const times: Readonly<Record<'bareMs' | 'kernelMs' | 'savedMs' | 'firstMs', number>>[] = [];
  for (let round = 0; round <= pairs; round += 1) {
    const bareMs = await firstOutputMs(bare, 'saved');
    const kernelMs = await firstOutputMs(start, 'kernel');
    const savedMs = await firstOutputMs(start, 'saved');
    const firstMs = await firstOutputMs(start, 'first');
    if (round > 0) times.push({ bareMs, kernelMs, savedMs, firstMs });
  }
  const of = (pick: (time: (typeof times)[number]) => number): number => median(times.map(pick));
  const row = (name: string, ratio: number, mostRatio?: number): void => {
    const verdict = `${ratio <= (mostRatio ?? ratio) ? 'held' : 'MISSED'} (at most ${mostRatio}x)`;
    console.log(`| ${[name, ratio.toFixed(2), mostRatio === undefined ? '' : verdict].join(' | ')} |`);
  };
  const [bareMs, kernelMs, savedMs] = [
    of((time) => time.bareMs),
    of((time) => time.kernelMs),
    of((time) => time.savedMs),
  ].map((ms) => ms.toFixed(0));
  console.log(
    `bare QEMU: ${bareMs} ms; bottle from its kernel: ${kernelMs} ms; from a saved one: ${savedMs} ms\n`,
  );
  console.log('| first output of a bottle | ratio | goal |\n| --- | --: | --- |');
  row(
    'as it is used (from a saved machine), to a bare QEMU that boots',
    of((time) => time.savedMs / time.bareMs),
    GOAL,
  );
  row(
    'from its kernel, to a bare QEMU that boots',
    of((time) => time.kernelMs / time.bareMs),
    GOAL,
  );
  row(
    'the first of its size since the host has booted, for which one is saved, to a bare QEMU that boots',
    of((time) => time.firstMs / time.bareMs),
  );
  row(
    'from a saved machine, to one from its kernel',
    of((time) => time.savedMs / time.kernelMs),
    SAVED_GOAL,
  );
  console.log('');
}

/** Returns a cache that links to this user's, without its saved machines. Only `kernel` cannot save any there. */
function cacheFor(beginning: Beginning): string {
  const dir = join(home, beginning);
  const own = join(dir, 'bot-bottle');
  if (beginning === 'first') rmSync(join(own, 'saved'), { recursive: true, force: true });
  if (existsSync(dir)) return dir;
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(cacheDir()))
    if (name !== 'saved') symlinkSync(join(cacheDir(), name), join(own, name));
  if (beginning === 'kernel') writeFileSync(join(own, 'saved'), '');
  return dir;
}

/** The values of a machine's own settings that its first steps need. */
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
  volumes: [],
  tried: [],
};

/** Returns the command of a bare machine with the same kernel, initrd, base and kinds of disks. It prints a word. */
async function bareMachine(): Promise<readonly string[]> {
  const [kernel, programs, scripts, base] = await Promise.all([
    ensureKernel(work),
    readPrograms(),
    readScripts(),
    ensureImageDisk({ kind: 'default' }, work),
  ]);
  const { accelerator, tscKhz } = await acceleration(QEMU_VMM, {
    ...work,
    ownerId: 'bench',
    dir: home,
    kernel,
  });
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
      { path: base.disk.path, readOnly: true },
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

const begin = ([program = '', ...args]: readonly string[], beginning: Beginning): ChildProcess => {
  // A separate state folder keeps these bottles apart from the user's own.
  const own = { XDG_STATE_HOME: home, XDG_CACHE_HOME: cacheFor(beginning) };
  return spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...own } });
};

/** Returns the milliseconds until the output has `first`; waits for the end, so that no run disturbs the next. */
async function firstOutputMs(command: readonly string[], beginning: Beginning): Promise<number> {
  const started = process.hrtime.bigint();
  const child = begin(command, beginning);
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

/** Starts one bottle after the other; all of them wait. */
async function crowd(manifestPath: string, most: number): Promise<void> {
  console.log(
    '| bottles | ms to the last one’s output | machine MiB each | VMM MiB each | around MiB each | disk MiB each | |\n| --: | --: | --: | --: | --: | --: | --- |',
  );
  const bottles: ChildProcess[] = [];
  for (let count = 1; count <= most; count += 1) {
    const started = process.hrtime.bigint();
    const child = begin(startOf(manifestPath, ['sh', '-c', 'echo first; cat']), 'saved');
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    bottles.push(child);
    const ms = Number(process.hrtime.bigint() - started) / 1e6;
    const each = vmms().map(memoryOf);
    const memory = (['guest', 'vmm', 'around'] as const).map((part) =>
      median(each.map((mib) => mib[part])).toFixed(0),
    );
    const bar = '#'.repeat(Math.round(ms / BAR_MS));
    console.log(`| ${[count, ms.toFixed(0), ...memory, diskMib().toFixed(1), bar].join(' | ')} |`);
  }
  for (const child of bottles) child.stdin?.end();
  await Promise.all(
    bottles.map(async (child) => await new Promise((resolve) => child.once('close', resolve))),
  );
}

/** Returns the VMMs of this bench's bottles. */
const vmms = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => (isVmm(pid) ? [Number(pid)] : []));

function isVmm(pid: string): boolean {
  try {
    return statSync(`/proc/${pid}/root/vm/scratch`).isFile() && memoryMiBOf(Number(pid), 'VmRSS') > 64;
  } catch {
    return false; // another user's process, or it has ended
  }
}

interface BottleMiB {
  /** The part of the machine's memory that it has touched. */
  readonly guest: number;
  /** The other memory of its VMM. */
  readonly vmm: number;
  /** The other processes of its sandbox: its starter, its attendant, ssh. */
  readonly around: number;
}

function memoryOf(pid: number): BottleMiB {
  const all = memoryMiBOf(pid, 'VmRSS');
  const size = `Size: +${512 * 1024} kB`;
  const map = new RegExp(`${size}[^]*?\nRss: +(\\d+) kB`).exec(readFileSync(`/proc/${pid}/smaps`, 'utf8'));
  const guest = Number(map?.[1] ?? NaN) / 1024;
  const inSandbox = readlinkSync(`/proc/${pid}/ns/pid`);
  const others = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && Number(name) !== pid && isIn(name, inSandbox),
  );
  const around = others.reduce((sum, other) => sum + memoryMiBOf(Number(other), 'RssAnon'), 0);
  return { guest, vmm: all - guest, around };
}

function isIn(pid: string, namespace: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) === namespace;
  } catch {
    return false; // it has ended
  }
}

/** Returns the median of the space that the disks of one bottle take on this host. */
function diskMib(): number {
  const dir = join(home, 'bot-bottle', 'bottles');
  const sizes = readdirSync(dir).flatMap((id) => {
    try {
      const machine = join(dir, id, 'run', 'machine');
      return [
        ['scratch', 'work', 'files', 'own'].reduce(
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
