import { existsSync } from 'node:fs';
import { chown, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { BottleError } from '../../../errors.ts';
import { removeTree } from '../../../host/files.ts';
import { run, type RunResult } from '../../../host/run.ts';
import { agentOwner, isRoot } from '../../../host/user.ts';
import type { BottleSpec } from '../../driver.ts';
import { runBeside } from '../../sandbox/life.ts';
import { confined } from '../../sandbox/confined.ts';
import { runFiles } from '../../sandbox/run-files.ts';
import { agentRuns } from '../../sandbox/state.ts';
import { writablePlaces } from '../plan.ts';
import { stopMachine } from '../stop.ts';
import { machinePaths } from './paths.ts';

/**
 * What was written in a machine comes out as a tar, and from there to its place on the host: whole, or not at all. It is
 * unpacked by who agents are on the host, in a sandbox in which there is nothing but the new folder: the tar is the agent's.
 */

const UNPACK_MS = 600_000;

/** `bringOut` of the driver. */
export async function bringOut(spec: BottleSpec, isOver: boolean): Promise<void> {
  const places = writablePlaces(spec);
  // No agent has been there.
  if (places.length === 0 || !existsSync(runFiles(spec.runDir).agent)) return;
  if (isOver) await stopMachine(spec, 0);
  else if ((await agentRuns(spec.runDir)) !== undefined) await askMachine(spec);
  for (const number of places) await bringOutPlace(spec, number);
  // It is older than what has come out.
  if (isOver) await rm(machinePaths(spec.runDir).workPath, { force: true });
}

/** Of a machine that runs. @throws BottleError `rungUnavailable` where it does not give them */
async function askMachine(spec: BottleSpec): Promise<void> {
  const nowhere = new PassThrough().resume();
  const io = { tty: false, stdin: undefined, stdout: nowhere, stderr: nowhere, size: undefined };
  const session = await runBeside(spec, { kind: 'bring-out', argv: ['bring-out'], env: {}, cwd: '/' }, io);
  if ((await session.exitCode) !== 0) throw notOut(spec, ['the machine did not give its files']);
}

async function bringOutPlace(spec: BottleSpec, number: number): Promise<void> {
  const { outDir, workPath } = machinePaths(spec.runDir);
  const tarPath = join(outDir, `${number}.tar`);
  const hostPath = spec.mounts[number]?.hostPath ?? '';
  const newPath = `${hostPath}.new-${process.pid}`;
  await makeEmpty(newPath);
  try {
    const source = { hostPath: existsSync(tarPath) ? tarPath : workPath, newPath };
    const isOut = existsSync(tarPath)
      ? await unpack(spec, source)
      : await salvage(spec, { ...source, number });
    if (isOut) await replaceFolder(hostPath, newPath);
    await rm(tarPath, { force: true });
  } finally {
    await removeTree(newPath);
  }
}

async function makeEmpty(path: string): Promise<void> {
  await removeTree(path);
  await mkdir(path, { mode: 0o755 });
  const { uid, gid } = agentOwner();
  if (isRoot()) await chown(path, uid, gid);
}

interface Source {
  /** The tar, or the disk. */
  readonly hostPath: string;
  readonly newPath: string;
}

/** @throws BottleError `rungUnavailable` where the tar does not end as one does */
async function unpack(spec: BottleSpec, source: Source): Promise<boolean> {
  const { stderr, exitCode } = await inSandbox(source, UNPACK);
  // Of what is no file, such as a device that the machine's root made, tar says that it cannot be made here.
  if (exitCode === undefined || /Unexpected EOF|not recoverable/.test(stderr))
    throw notOut(spec, stderr.trim().split('\n').slice(-3));
  return true;
}

/**
 * From the disk of a machine that was ended by force: what had been written to it, up to the last seconds. Nothing, of one that
 * had not come as far as its agent.
 */
async function salvage(
  spec: BottleSpec,
  { number, ...source }: Source & { readonly number: number },
): Promise<boolean> {
  if (!existsSync(source.hostPath)) return false;
  const begun = await inSandbox(source, ['debugfs', '-R', 'cat /begun', '/in']);
  if (begun.exitCode === 0 && !begun.stdout.includes('begun')) return false;
  const { exitCode, stderr } = await inSandbox(source, ['debugfs', '-R', `rdump /${number} /out`, '/in']);
  if (exitCode !== 0) throw notOut(spec, stderr.trim().split('\n').slice(-3));
  // debugfs makes a folder of that name.
  await inSandbox(source, [
    'sh',
    '-c',
    `mv /out/${number} /out/.all && find /out/.all -mindepth 1 -maxdepth 1 -exec mv -t /out -- {} + ; rmdir /out/.all`,
  ]);
  return true;
}

const UNPACK = [
  'tar',
  '--extract',
  '--file=/in',
  '--directory=/out',
  '--no-same-owner',
  '--preserve-permissions',
];

/** Runs it as who agents are on the host, with these two and /usr: `/in` and `/out`. */
async function inSandbox({ hostPath, newPath }: Source, argv: readonly string[]): Promise<RunResult> {
  const shown = [
    { hostPath, path: '/in', readOnly: true },
    { hostPath: newPath, path: '/out', readOnly: false },
  ];
  const [program = '', ...args] = confined(shown, argv);
  return await run(program, args, { timeoutMs: UNPACK_MS });
}

/** In one step for whoever looks; what was there before is gone only afterwards. */
async function replaceFolder(hostPath: string, newPath: string): Promise<void> {
  const oldPath = `${hostPath}.old-${process.pid}`;
  await removeTree(oldPath);
  await rename(hostPath, oldPath);
  await rename(newPath, hostPath);
  await removeTree(oldPath);
}

const notOut = ({ id }: BottleSpec, details: readonly string[]): BottleError =>
  new BottleError(
    'rungUnavailable',
    `what the agent of ${id} wrote could not be brought out of its machine`,
    {
      details: details.filter(Boolean),
      fix: `see that the disk of this host is not full; bot-bottle stop ${id} tries again`,
    },
  );
