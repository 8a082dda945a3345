import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, type Dirent, type Stats } from 'node:fs';
import { mkdir, rename, opendir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../../errors.ts';
import { removeTree, giveTo } from '../../../host/files.ts';
import { tryLock } from '../../../host/disk/lock.ts';
import { agentOwner } from '../../../host/user.ts';
import { note } from '../../../ui/print.ts';
import type { BottleSpec } from '../../driver.ts';
import { runBeside } from '../../sandbox/life.ts';
import { agentRuns, runFiles } from '../../sandbox/state.ts';
import { writablePlaces } from '../plan.ts';
import { stopMachine } from '../stop.ts';
import type { NotWhole } from './outcome.ts';
import { machinePaths, END, tarName, isAskedFor, isOfSandbox, type Turn, WORK_BYTES } from './layout.ts';
import { isFile, salvage, unpack, type Source } from './unpack.ts';

/**
 * Brings out what the agent wrote in a machine: first as a tar, then to its place on the host. Each place comes out
 * whole or not at all.
 */

const POLL_MS = 100;

/** `bringOut` of the driver. */
export async function bringOut(spec: BottleSpec, isOver: boolean): Promise<void> {
  const places = writablePlaces(spec);
  // No agent has run there.
  if (places.length === 0 || !existsSync(runFiles(spec.runDir).agent)) return;
  const paths = machinePaths(spec.runDir);
  const release = await alone(join(spec.runDir, 'bring-out.lock'));
  try {
    await removeAskedFor(paths);
    const turn = await turnOf(spec, isOver);
    for (const number of places) await bringOutPlace(spec, turn, number);
    if (turn !== END) await removeAskedFor(paths);
    // What came out is newer than the disk and the tars.
    if (isOver) await removeSources(spec, places);
  } finally {
    await release();
  }
}

/** Returns the turn that contains the present state. Only a machine that runs can be asked for its files. */
async function turnOf(spec: BottleSpec, isOver: boolean): Promise<Turn> {
  if (isOver) await stopMachine(spec, 0);
  return isOver || (await agentRuns(spec.runDir)) === undefined ? END : await askMachine(spec);
}

/** Removes the disk and the tars. No process is left that could put something in their place. */
async function removeSources({ runDir }: BottleSpec, places: readonly number[]): Promise<void> {
  const paths = machinePaths(runDir);
  await reportOthers(paths);
  await removeTree(paths.workPath);
  for (const number of places) await removeTree(join(paths.dir, tarName(END, number)));
}

/** Waits for the lock: a `diff` and an agent's end may bring files out at the same time. */
async function alone(lockPath: string): Promise<() => Promise<void>> {
  for (;;) {
    const release = await tryLock(lockPath);
    if (release !== undefined) return release;
    await sleep(POLL_MS);
  }
}

/** Asks a machine that runs for its files. @throws BottleError `rungUnavailable` where it does not give them */
async function askMachine(spec: BottleSpec): Promise<Turn> {
  const turn = randomBytes(8).toString('hex');
  const nowhere = new PassThrough().resume();
  const io = { tty: false, stdin: undefined, stdout: nowhere, stderr: nowhere, size: undefined };
  const request = { kind: 'bring-out', argv: ['bring-out', turn], env: {}, cwd: '/' } as const;
  const session = await runBeside(spec, request, io);
  if ((await session.exitCode) !== 0) throw notOut(spec, [NOT_GIVEN]);
  return turn;
}

const NOT_GIVEN = 'the machine did not give its files';

async function bringOutPlace(spec: BottleSpec, turn: Turn, number: number): Promise<void> {
  const hostPath = spec.mounts[number]?.hostPath ?? '';
  const [newPath, oldPath] = [`${hostPath}.new`, `${hostPath}.old`];
  // Restores the old folder after an interruption between the two steps of a replacement.
  if (!existsSync(hostPath) && existsSync(oldPath)) await rename(oldPath, hostPath);
  try {
    const outcome = await makeNew(spec, { turn, number, newPath });
    if (outcome === undefined) await replaceFolder(hostPath, { newPath, oldPath });
    else if (outcome !== 'nothing') {
      if (!outcome.isUnreadable) throw notOut(spec, outcome.why);
      // A retry would fail for ever, and unreadable data of a machine must not keep its bottle from ending.
      note(`what ${spec.id} wrote cannot be read, and stays as it was before: ${outcome.why.join('; ')}`);
    }
  } finally {
    await removeTree(newPath);
  }
}

interface Making {
  readonly turn: Turn;
  readonly number: number;
  readonly newPath: string;
}

/** Unpacks the tar. Where it is missing or unreadable, salvages the disk of a machine that has ended. */
async function makeNew(
  { runDir }: BottleSpec,
  { turn, number, newPath }: Making,
): Promise<NotWhole | 'nothing' | undefined> {
  const paths = machinePaths(runDir);
  const tarPath = await takeTar(paths, turn, number);
  const fromTar =
    tarPath === undefined ? 'nothing' : await unpack(await readable({ sourcePath: tarPath, newPath }));
  if (turn !== END) return fromTar === 'nothing' ? { why: [NOT_GIVEN], isUnreadable: false } : fromTar;
  const isSettled = fromTar === undefined || (fromTar !== 'nothing' && !fromTar.isUnreadable);
  if (isSettled || !isFile(paths.workPath)) return fromTar;
  return await salvage(await readable({ sourcePath: paths.workPath, newPath }), number);
}

/** Gives the source and an empty output folder to the user that unpacks it, who is not the machine's own user. */
async function readable(source: Source): Promise<Source> {
  const { sourcePath, newPath } = source;
  await removeTree(newPath);
  await mkdir(newPath, { mode: 0o755 });
  await giveTo(agentOwner(), [sourcePath, newPath]);
  return source;
}

interface Replacement {
  readonly newPath: string;
  readonly oldPath: string;
}

/** Removes the old folder only after the new one is in place. */
async function replaceFolder(hostPath: string, { newPath, oldPath }: Replacement): Promise<void> {
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
      fix: `see that the disk of this host is not full: bot-bottle stop ${id} tries again, bot-bottle rm --force ${id} discards it`,
    },
  );

/**
 * Takes files out of the folder that a machine's sandbox may write to. An attacker who has broken out of the machine
 * controls that folder while the machine runs: any file may be there and may change at any time. So this code opens no
 * file there.
 */

type Paths = Pick<ReturnType<typeof machinePaths>, 'dir' | 'outDir'>;

/**
 * Moves a tar to where no sandbox has access, and returns its path there once it has confirmed a regular file. Returns
 * undefined where there is none. Finds a tar that an earlier call has moved.
 */
async function takeTar({ dir, outDir }: Paths, turn: Turn, number: number): Promise<string | undefined> {
  const name = tarName(turn, number);
  const path = join(dir, name);
  if (found(path) === undefined) await rename(join(outDir, name), path).catch(ignoreMissing);
  const stats = found(path);
  if (stats === undefined) return undefined;
  const fault = faultOf(stats);
  if (fault === undefined) return path;
  note(`${name}, which a machine’s sandbox has left, is not read: it is ${fault}`);
  await removeAlone(path);
  return undefined;
}

const found = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

/** Describes what the path is instead of a file of the attendant's. Undefined: no fault. */
function faultOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'no file';
  if (stats.nlink !== 1) return 'a file with other names';
  return stats.size > WORK_BYTES ? `${stats.size} bytes long` : undefined;
}

/** Removes the tars of earlier requests. After an interrupted `diff`, no other code removes them. */
async function removeAskedFor({ dir, outDir }: Paths): Promise<void> {
  for (const folder of [dir, outDir]) {
    for await (const { name } of entriesOf(folder))
      if (isAskedFor(name)) await removeAlone(join(folder, name));
  }
}

/** Never descends: in a folder of a running sandbox, a name may lead elsewhere from one step to the next. */
async function removeAlone(path: string): Promise<void> {
  await unlink(path).catch(() => undefined); // a folder is removed with its bottle
}

const MOST_NAMED = 3;

/** Reports entries that our sandbox does not make. The bottle's removal removes them unread. */
async function reportOthers({ outDir }: Paths): Promise<void> {
  const others: string[] = [];
  for await (const entry of entriesOf(outDir)) {
    const isKnown = isAskedFor(entry.name) || isOfSandbox(entry.name);
    if (!isKnown || !(entry.isFile() || entry.isSocket())) others.push(JSON.stringify(entry.name));
    if (others.length > MOST_NAMED) break;
  }
  if (others.length === 0) return;
  const names = others.slice(0, MOST_NAMED).join(', ') + (others.length > MOST_NAMED ? ' and more' : '');
  note(`removed unread, because a machine’s sandbox must not create it: ${names}`);
}

/** Yields entries one by one, because all of them may not fit in memory. Yields none for a missing folder. */
async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  const entries = await opendir(folder).catch(ignoreMissing);
  if (entries !== undefined) yield* entries;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
