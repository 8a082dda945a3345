import { readFileSync } from 'node:fs';
import type { Duplex, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { eitherOf } from '../../host/deadline.ts';
import { endWithChildren } from '../../host/process/end-with-children.ts';
import { BottleError, DOCTOR_OR_REPORT } from '../../errors.ts';
import { assetPath } from '../../host/paths.ts';
import { BOTTLE_ID_VARIABLE, endProcess, identify, type ProcessIdentity } from '../../host/processes.ts';
import { spawnProgram } from '../../host/run.ts';
import { FD, type Input, type SandboxCommand } from './command.ts';
import { seccompFilter } from './seccomp.ts';
import type { Machine } from './syscalls.ts';

type ChildProcess = ReturnType<typeof spawnProgram>;

/** A bottle in which only the first program runs; it waits for the agent. */
export interface StartedBottle {
  /** The bottle's first program, as a process of the host; when it ends, the kernel kills the whole bottle. */
  readonly init: ProcessIdentity;
  /** Gives up ownership: from now on the bottle ends with its agent, not with this process. */
  release(): void;
  /** Kills everything in the bottle. @throws BottleError `rungUnavailable` when the end cannot be confirmed */
  kill(): Promise<void>;
}

export interface StartOptions {
  readonly bottleId: string;
  readonly machine: Machine;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /**
   * For a first program that reports its existence before it waits: runs from then on, beside the wait. The signal ends
   * it.
   */
  readonly meanwhile?: (init: ProcessIdentity, signal: AbortSignal) => Promise<void>;
}

/**
 * Runs the command until the bottle's first program reports that it waits.
 * @throws BottleError `rungUnavailable` with bubblewrap's own message when it does not; any error of `meanwhile`
 */
export async function startBottle(command: SandboxCommand, options: StartOptions): Promise<StartedBottle> {
  const child = spawnProgram(command.program, command.args, {
    detached: true,
    cwd: '/',
    env: { [BOTTLE_ID_VARIABLE]: options.bottleId },
    stdio: [
      'ignore',
      'ignore',
      'pipe',
      'pipe',
      'pipe',
      'ignore',
      ...command.inputs.map(() => 'pipe' as const),
    ],
  });
  const trouble = collect(child.stderr);
  const failed = failureOf(child);
  command.inputs.forEach((input, index) => {
    const pipe = child.stdio[FD.firstInput + index] as Writable;
    pipe.on('error', () => undefined); // the command did not read it: its exit tells why
    pipe.end(contentOf(input, options.machine));
  });
  const life = child.stdio[FD.life] as Duplex;
  const waitForLine = lineWaiter(life);
  const over = new AbortController();
  const first = childPid(child.stdio[FD.info] as Readable);
  const late = sleep(options.deadlineMs, undefined, { signal: eitherOf(over.signal, options.signal) }).then(
    () => Promise.reject(new Error(`it did not start within ${options.deadlineMs} ms`)),
  );
  let meanwhile: Promise<void> | undefined;
  try {
    const [pid] = await Promise.race([
      Promise.all([first, waitForLine(options.meanwhile === undefined ? WAITS_FOR_AGENT : EXISTS)]),
      failed,
      late,
    ]);
    const init = identify(pid);
    if (init === undefined) throw new Error('the first program ended');
    meanwhile = options.meanwhile?.(init, over.signal);
    if (meanwhile !== undefined)
      await Promise.race([Promise.all([waitForLine(WAITS_FOR_AGENT), meanwhile]), failed, late]);
    return started(child, life, init);
  } catch (error) {
    over.abort();
    // Closing `life` ends the first program, if there is one.
    life.destroy();
    await endWithChildren(child);
    await killFirst(first);
    const others = await meanwhile?.catch((why: unknown) => why);
    options.signal.throwIfAborted();
    if (error === others) throw error; // the first program is not the cause
    throw new BottleError('rungUnavailable', 'bubblewrap could not make the bottle', {
      details: [...trouble.lines(), ...(error instanceof Error ? [error.message] : [])],
      fix: DOCTOR_OR_REPORT,
      cause: error,
    });
  } finally {
    over.abort();
  }
}

/** Kills the first process of a failed start, so that nothing remains before a new attempt. */
async function killFirst(pid: Promise<number>): Promise<void> {
  const init = await pid.then(identify, () => undefined);
  if (init !== undefined) await killBottle(init);
}

function started(child: ChildProcess, life: Duplex, init: ProcessIdentity): StartedBottle {
  child.unref();
  child.stderr?.destroy();
  const release = (): void => void life.destroy();
  return {
    init,
    release,
    async kill() {
      release();
      await killBottle(init);
    },
  };
}

/**
 * Kills the bottle's first program; the kernel then kills all others: pid_namespaces(7).
 * @throws BottleError `rungUnavailable` when it does not end
 */
export async function killBottle(init: ProcessIdentity): Promise<void> {
  if (await endProcess(init, 0)) return;
  throw new BottleError('rungUnavailable', `the bottle's process ${init.pid} does not end`, {
    fix: `kill -KILL ${init.pid}`,
  });
}

function contentOf(input: Input, machine: Machine): string | Uint8Array {
  if (input.kind === 'filter') return seccompFilter(machine);
  return input.kind === 'asset' ? readFileSync(assetPath(input.name)) : input.text;
}

/**
 * The host's pid of bubblewrap's first process. Reads one JSON object, which bubblewrap writes before the setup:
 * bwrap(1), --info-fd.
 * @throws Error
 */
export async function childPid(info: Readable): Promise<number> {
  let text = '';
  for await (const chunk of info) text += String(chunk);
  const pid: unknown = (JSON.parse(text) as Record<string, unknown>)['child-pid'];
  if (typeof pid !== 'number') throw new Error(`bubblewrap names no process: ${text}`);
  return pid;
}

function failureOf(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => reject(new Error(`it ended: ${signal ?? `exit code ${code}`}`)));
  });
}

function collect(stream: Readable | null): { lines(): string[] } {
  let text = '';
  stream?.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(-4096)));
  return { lines: () => text.trim().split('\n').filter(Boolean) };
}

/**
 * Lines from a sandbox's first program (assets/sandbox/serve.pl, assets/microvm/attendant.pl): it exists and may be
 * read back.
 */
const EXISTS = 'here';
/** It waits for the agent. */
const WAITS_FOR_AGENT = 'up';

/** Returns a function that waits for the first program's next line. @throws Error with the line if it is another one */
function lineWaiter(life: Duplex): (expected: string) => Promise<void> {
  let said = '';
  let end: Error | undefined;
  let look = (): void => undefined;
  life.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    look();
  });
  const over = (error: Error): void => {
    end ??= error;
    look();
  };
  life.once('error', over).once('end', () => over(new Error('the first program ended')));
  return async (expected) =>
    await new Promise((resolve, reject) => {
      look = () => {
        const [line, ...rest] = said.split('\n');
        if (rest.length === 0) return end === undefined ? undefined : reject(end);
        said = rest.join('\n');
        look = () => undefined;
        return line === expected ? resolve() : reject(new Error(line));
      };
      look();
    });
}
