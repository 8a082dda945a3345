import { existsSync, lstatSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type RunResult } from '../../../host/run.ts';
import { confined } from '../../sandbox/confined.ts';
import { debugfsOutcome, namesOutcome, tarOutcome, type NotWhole } from './outcome.ts';
import { WORK_BYTES } from './layout.ts';

/**
 * Unpacks what came out of a machine. Its agent controls that data, so this code runs as the agents' user on the host,
 * in a sandbox with only one empty folder, and within limits.
 */

export interface Source {
  /** Path of the tar or the disk. */
  readonly sourcePath: string;
  /** An empty folder for the unpacked files. */
  readonly newPath: string;
}

const UNPACK_MS = 300_000;
const ROOM_EVERY_MS = 200;
/** Limits of the unpacking programs. tar keeps names and extended headers in memory, as many as the archive has. */
const BOUNDS = ['prlimit', '--as=1073741824', '--nproc=64', '--core=0', `--fsize=${WORK_BYTES}`, '--'];

/** Returns whether the path is a regular file, which the attendant writes, and nothing that replaced it. */
export const isFile = (path: string): boolean => existsSync(path) && lstatSync(path).isFile();

/** Unpacks a tar. Returns undefined where all files came out. */
export async function unpack(source: Source): Promise<NotWhole | undefined> {
  const flags = ['--file=/in', '--directory=/out', '--no-same-owner', '--preserve-permissions'];
  return tarOutcome(await inSandbox(source, ['tar', '--extract', ...flags]));
}

/** A machine writes this once the work disk has all of the agent's initial files (assets/microvm/guest/second). */
const BEGUN = 'begun\n';

/**
 * Reads the disk of a machine that was killed: all that was written to it, up to the last seconds. Returns `nothing`
 * where the machine was killed before its agent started.
 */
export async function salvage(source: Source, number: number): Promise<NotWhole | 'nothing' | undefined> {
  const begun = await inSandbox(source, ['debugfs', '-R', 'cat /begun', '/in']);
  const unreadable = debugfsOutcome(begun);
  if (unreadable !== undefined) return /File not found/.test(begun.stderr) ? 'nothing' : unreadable;
  if (begun.stdout !== BEGUN) return 'nothing';
  const ofNames = namesOutcome(await inSandbox(source, ['e2fsck', '-f', '-n', '/in']));
  if (ofNames !== undefined) return ofNames;
  const outcome = debugfsOutcome(await inSandbox(source, ['debugfs', '-R', `rdump /${number} /out`, '/in']));
  if (outcome !== undefined) return outcome;
  const madePath = join(source.newPath, String(number));
  return isFolder(madePath)
    ? await takeUp(source, number)
    : { why: ['nothing came out'], isUnreadable: true };
}

const isFolder = (path: string): boolean => existsSync(path) && lstatSync(path).isDirectory();

/** Moves the files up: debugfs makes a folder with the name that it had on the disk. */
async function takeUp(source: Source, number: number): Promise<NotWhole | undefined> {
  const script = `mv /out/${number} /out/.all && find /out/.all -mindepth 1 -maxdepth 1 -exec mv -t /out -- {} + ; rmdir /out/.all`;
  const { exitCode, stderr } = await inSandbox(source, ['sh', '-c', script]);
  return exitCode === 0 ? undefined : { why: [stderr.trim()], isUnreadable: false };
}

/**
 * Aborts when the output takes more of the host's space than a machine has: holes and hard links can expand to many
 * times their disk.
 */
async function inSandbox({ sourcePath, newPath }: Source, argv: readonly string[]): Promise<RunResult> {
  const shown = [
    { hostPath: sourcePath, path: '/in', readOnly: true },
    { hostPath: newPath, path: '/out', readOnly: false },
  ];
  const [program = '', ...args] = confined(shown, [...BOUNDS, ...argv]);
  const tooMuch = new AbortController();
  const before = await statfs(newPath);
  const watch = setInterval(() => {
    void statfs(newPath).then(
      (now) => {
        const takenBytes = (before.bavail - now.bavail) * now.bsize;
        if (takenBytes > WORK_BYTES || now.bavail * 50 < now.blocks) tooMuch.abort();
      },
      () => tooMuch.abort(),
    );
  }, ROOM_EVERY_MS);
  try {
    const result = await run(program, args, { timeoutMs: UNPACK_MS, signal: tooMuch.signal });
    const stderr = `${result.stderr}\nNo space left on device: more than ${WORK_BYTES} bytes, or this host is nearly full\n`;
    return tooMuch.signal.aborted ? { ...result, exitCode: undefined, stderr } : result;
  } finally {
    clearInterval(watch);
  }
}
