import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, UsageFailure } from '../failure.ts';
import { capabilitiesFor, ociProcess } from '../machine/process.ts';
import { hasFault } from '../settings.ts';
import type { Container } from '../store/containers.ts';
import { CAPABILITIES, environmentOf, lastOfEach, rlimitsOf, userOf } from '../values/values.ts';
import { runningOf, say, theContainer, type Call } from './context.ts';
import { checkTerminal } from './run.ts';
import { handSignalsOn } from './signals.ts';
import { cannotStart } from './start-machine.ts';

/** `exec`: another process in a container that runs. */

/** What the bug of `exec -i` lets through when the output is not a pipe (apple/container #1148). */
const TRUNCATED_BYTES = 1024;

export async function exec(call: Call): Promise<number> {
  const { flags, place, settings } = call;
  const container = theContainer(call, flags.positional[0] ?? '');
  const { initPid } = runningOf(container);
  if (flags.rest.length === 0) throw new UsageFailure("Missing expected argument '<arguments> ...'");
  const [isTty, isInteractive, isDetached] = [
    flags.has('--tty'),
    flags.has('--interactive'),
    flags.has('--detach'),
  ];
  checkTerminal(isTty && isInteractive);
  const { configuration } = container;
  const capabilities = hasFault(settings, 'keeps-capabilities')
    ? CAPABILITIES
    : capabilitiesFor(configuration);
  const processId = randomUUID();
  const files = filesOf(container, processId);
  writeFileSync(
    files.process,
    JSON.stringify(ociProcess(processOf(call, container), capabilities, `/proc/${initPid}/root`)),
  );
  writeFileSync(files.log, '');
  const own = ['--root', join(place.stateDir, 'runc'), '--log', files.log, '--log-format', 'json', 'exec'];
  const more = [
    '--process',
    files.process,
    '--pid-file',
    files.pid,
    ...(isDetached ? ['--detach'] : []),
    container.id,
  ];
  try {
    const child = spawn('runc', [...own, ...more], { stdio: stdioOf(isTty, isDetached), detached: !isTty });
    handSignalsOn(isTty ? undefined : (signal) => sendInside(files.pid, signal));
    const exitCode = await connected(child, {
      isInteractive,
      mostBytes: isInteractive && hasFault(settings, 'truncates-exec-output') ? TRUNCATED_BYTES : Infinity,
    });
    const said = readFileSync(files.log, 'utf8');
    if (said !== '' && exitCode === NOT_BEGUN) throw cannotStart(container.id, said, processId);
    if (isDetached) say(container.id);
    return exitCode;
  } finally {
    for (const path of Object.values(files)) rmSync(path, { force: true });
  }
}

const filesOf = ({ dir }: Container, processId: string) => ({
  process: join(dir, `${processId}.json`),
  log: join(dir, `${processId}.log`),
  pid: join(dir, `${processId}.pid`),
});

/** What the first process has, but for what is said: variables are added and replace none. */
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
    environment: hasFault(settings, 'exec-env-replaces')
      ? lastOfEach([...own.environment, ...added])
      : [...own.environment, ...added],
    workingDirectory: flags.value('--workdir') ?? own.workingDirectory,
    terminal: flags.has('--tty'),
    user,
    supplementalGroups: [...own.supplementalGroups, ...groups],
    rlimits: flags.values('--ulimit').length > 0 ? rlimitsOf(flags.values('--ulimit')) : own.rlimits,
  };
}

const stdioOf = (isTty: boolean, isDetached: boolean): 'inherit' | 'ignore' | 'pipe' =>
  isDetached ? 'ignore' : isTty ? 'inherit' : 'pipe';

/** runc's exit code where the process did not begin, and how it says so. */
const NOT_BEGUN = 255;
const RUNC_SAYS = /^exec failed: /;

interface Streams {
  readonly isInteractive: boolean;
  readonly mostBytes: number;
}

/** Without a terminal what it says passes through pipes, so that it never holds this program's own descriptors. */
async function connected(child: ChildProcess, { isInteractive, mostBytes }: Streams): Promise<number> {
  if (isInteractive && child.stdin !== null) process.stdin.pipe(child.stdin.on('error', () => undefined));
  else child.stdin?.end();
  let passed = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk.subarray(0, Math.max(0, mostBytes - passed)));
    passed += chunk.length;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    if (!RUNC_SAYS.test(chunk.toString('latin1'))) process.stderr.write(chunk);
  });
  return await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
}

function sendInside(pidPath: string, signal: NodeJS.Signals): void {
  if (!existsSync(pidPath)) return;
  try {
    process.kill(Number(readFileSync(pidPath, 'utf8')), signal);
  } catch (cause) {
    throw new Failure('internalError', `failed to send signal ${String(cause)}`);
  }
}
