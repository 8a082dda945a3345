import { spawn, type ChildProcess } from 'node:child_process';
import { Failure } from '../failure.ts';
import type { Place } from '../settings.ts';
import type { Container } from '../store/containers.ts';
import type { Notice } from '../machine/runtime.ts';

/** Starts the process that stands for a container, and waits until its first process runs. */

export interface StartedMachine {
  /** Its standard streams are those of the first process, where it was attached. */
  readonly child: ChildProcess;
  readonly exitCode: Promise<number>;
}

/** @throws Failure in the words of the real one where the first process cannot be started */
export async function startMachine(
  place: Place,
  { id, dir }: Container,
  isAttached: boolean,
): Promise<StartedMachine> {
  const own = [process.execPath, place.runtimePath, 'start', '--root', dir, '--uuid', id];
  const std = isAttached ? 'pipe' : 'ignore';
  const child = spawn('unshare', ['--mount', '--propagation', 'private', '--', ...own], {
    detached: true,
    stdio: [std, std, std, 'ipc'],
    env: { PATH: process.env['PATH'] ?? '' }, // oxlint-disable-line node/no-process-env -- a program of its own
  });
  let ended: number | undefined;
  // When all that it said has come, too.
  const exitCode = new Promise<number>((resolve, reject) => {
    child.once('close', () => (ended === undefined ? reject(LOST) : resolve(ended)));
  });
  exitCode.catch(() => undefined); // who starts it detached does not wait
  await new Promise<void>((resolve, reject) => {
    const failed = (why: string): void => reject(cannotStart(id, why));
    child.on('message', (notice: Notice) => {
      if (notice.kind === 'started') resolve();
      else if (notice.kind === 'failed') failed(notice.message);
      else ended = notice.exitCode;
    });
    child.once('error', (error) => failed(error.message)).once('close', () => failed('it ended'));
  });
  return { child, exitCode };
}

/** The process that stood for it was ended. */
const LOST = new Failure('interrupted', 'XPC connection error: Connection interrupted');

/** What an OCI runtime of this host says of a program that cannot be run, and what the real one says then. */
const MISSING =
  /exec: \\?"(.*?)\\?": (executable file not found in \$PATH|stat .*?: no such file or directory)/;
const NO_FOLDER = /chdir to cwd \(\\?"(.*?)\\?"\)/;

/** The guest's own words. */
function guestWords(said: string): string {
  const [missing, folder] = [MISSING.exec(said)?.[1], NO_FOLDER.exec(said)?.[1]];
  if (missing !== undefined) return `failed to find target executable ${missing}`;
  if (folder !== undefined) return `failed to chdir to ${folder}`;
  return said.trim();
}

/** Nested as reports of 1.1.0 have it. */
export function cannotStart(id: string, said: string, processId = id): Failure {
  const inner = `vmexec error: internalError: "${guestWords(said)}"`;
  const middle = `internalError: "startProcess: failed to start process: internalError: "${inner}""`;
  return new Failure(
    'internalError',
    `failed to start process ${processId} in container ${id}`,
    `internalError: "failed to start process" (cause: "${middle}")`,
  );
}

/** Connects the attached streams of a machine with those of this program. */
export function connectStreams({ child }: StartedMachine, isInteractive: boolean): void {
  if (isInteractive && child.stdin !== null) process.stdin.pipe(child.stdin.on('error', () => undefined));
  else child.stdin?.end();
  child.stdout?.pipe(process.stdout);
  child.stderr?.pipe(process.stderr);
}

/** Lets go of it: this program may end. */
export function letGo({ child }: StartedMachine): void {
  child.disconnect();
  child.unref();
}
