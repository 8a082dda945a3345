import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { existsSync, fstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuestProcess } from '../machine/guest-process.ts';
import { capabilitiesFor, ociProcess } from '../machine/process.ts';
import { hasFault } from '../settings.ts';
import type { Container } from '../store/containers.ts';
import { environmentOf, firstOfEach, lastOfEach, rlimitsOf, userOf } from '../values/values.ts';
import { runningOf, say, theContainer, type Call } from './context.ts';
import { makeRaw, onResize, ownSize } from './host-terminal.ts';
import { handSignalsOn } from './signals.ts';
import { cannotStart } from './start-machine.ts';

/** `exec`: another process in a container that runs. */

/** What the bug of `exec -i` lets through when the output is not a pipe (apple/container #1148). */
const TRUNCATED_BYTES = 1024;

/** Runs it to its end, or lets it be; gives its exit code. */
export async function exec(call: Call): Promise<number> {
  const { flags, place, settings } = call;
  const container = theContainer(call, flags.positional[0] ?? '');
  const { initPid } = runningOf(container);
  const processId = randomUUID();
  const files = filesOf(container, processId);
  const capabilities = capabilitiesFor(container.configuration, settings);
  const said = ociProcess(processOf(call, container), capabilities, `/proc/${initPid}/root`);
  writeFileSync(files.process, JSON.stringify(said));
  writeFileSync(files.log, '');
  const isDetached = flags.has('--detach');
  const own = ['--root', join(place.stateDir, 'runc'), '--log', files.log, '--log-format', 'json', 'exec'];
  const more = ['--process', files.process, '--pid-file', files.pid, ...(isDetached ? ['--detach'] : [])];
  const command = ['runc', ...own, ...more, container.id] as const;
  try {
    const exitCode = isDetached ? letBe(command) : await connected(call, command, files.pid);
    const failing = readFileSync(files.log, 'utf8');
    if (failing !== '' && exitCode === NOT_BEGUN) throw cannotStart(container.id, failing, processId);
    if (isDetached) say(container.id);
    return exitCode;
  } finally {
    for (const path of Object.values(files)) rmSync(path, { force: true });
  }
}

const letBe = ([file, ...args]: readonly [string, ...string[]]): number =>
  spawnSync(file, args, { stdio: 'ignore' }).status ?? 1;

const filesOf = ({ dir }: Container, processId: string) => ({
  process: join(dir, `${processId}.json`),
  log: join(dir, `${processId}.log`),
  pid: join(dir, `${processId}.pid`),
});

/**
 * What the first process has, but for what is said. With the real one a variable that is there already is there twice, and most
 * programs find the old value; runc would keep the new one, so the old one is all that is handed to it.
 */
function processOf(
  { flags, settings, env }: Call,
  { configuration }: Container,
): Container['configuration']['initProcess'] {
  const own = configuration.initProcess;
  const [executable = '', ...args] = flags.rest;
  const added = lastOfEach(environmentOf(flags.values('--env'), env));
  const { user, groups } = userOf(
    { user: flags.value('--user'), uid: flags.value('--uid'), gid: flags.value('--gid') },
    own.user,
  );
  return {
    executable,
    arguments: args,
    environment: (hasFault(settings, 'exec-env-replaces') ? lastOfEach : firstOfEach)([
      ...own.environment,
      ...added,
    ]),
    workingDirectory: flags.value('--workdir') ?? own.workingDirectory,
    terminal: flags.has('--tty'),
    user,
    supplementalGroups: [...own.supplementalGroups, ...groups],
    rlimits: flags.values('--ulimit').length > 0 ? rlimitsOf(flags.values('--ulimit')) : own.rlimits,
  };
}

/** Of a pipe, one that waits for nobody: Node's own would hold this program until all was read, and the real one gives up. */
function wayOut(stream: NodeJS.WriteStream & { readonly fd: number }): Writable {
  const kind = fstatSync(stream.fd);
  const isPipe = kind.isFIFO() || kind.isSocket();
  return isPipe ? new Socket({ fd: stream.fd, readable: false, writable: true }) : stream;
}

/** runc's exit code where the process did not begin, and how it says so. */
const NOT_BEGUN = 255;
const RUNC_SAYS = /^exec failed: /;

async function connected(
  { flags, settings }: Call,
  command: readonly [string, ...string[]],
  pidPath: string,
): Promise<number> {
  const [isTty, isInteractive] = [flags.has('--tty'), flags.has('--interactive')];
  const setBack = isTty && isInteractive ? makeRaw(settings) : (): void => undefined;
  const ways = { stdout: wayOut(process.stdout), stderr: wayOut(process.stderr) };
  let left = isInteractive && hasFault(settings, 'truncates-exec-output') ? TRUNCATED_BYTES : Infinity;
  try {
    const guest = startGuestProcess({
      command,
      isTty,
      size: ownSize(),
      take: (name, chunk) => {
        if (name === 'stderr' && RUNC_SAYS.test(chunk.toString('latin1'))) return undefined;
        const isTaken = ways[name].write(name === 'stderr' ? chunk : chunk.subarray(0, Math.max(0, left)));
        if (name === 'stdout') left -= chunk.length;
        return isTaken ? undefined : once(ways[name], 'drain');
      },
    });
    if (isInteractive) process.stdin.pipe(guest.stdin);
    else guest.stdin.end();
    onResize((size) => guest.resize(size));
    handSignalsOn(isTty ? undefined : (signal) => void sendInside(pidPath, signal));
    return await guest.exitCode;
  } finally {
    setBack();
  }
}

const POLL_MS = 5;
const PID_MS = 5_000;

/** To the process inside; runc says who it is a little after it has begun. */
async function sendInside(pidPath: string, signal: NodeJS.Signals): Promise<void> {
  const read = (): number => (existsSync(pidPath) ? Number(readFileSync(pidPath, 'utf8')) : 0);
  for (const until = Date.now() + PID_MS; read() === 0 && Date.now() < until;) await sleep(POLL_MS);
  try {
    if (read() > 0) process.kill(read(), signal);
  } catch {
    // It has just ended.
  }
}
