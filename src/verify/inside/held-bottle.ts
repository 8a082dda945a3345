import { once } from 'node:events';
import { whenAborted } from '../../host/deadline.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { readAll, bottlePaths } from '../../bottle/state/store.ts';
import type { NetworkForm, Rung } from '../../drivers/driver.ts';
import { BottleError, EXIT_CODES, type ErrorCode } from '../../errors.ts';
import { wholeEnvironment } from '../../host/env.ts';
import { spawnProgram } from '../../host/run.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import { removeBottle } from '../../bottle/teardown/end.ts';
import { readDecisions } from '../../bottle/log/logs.ts';
import type { AuditLine } from '../../gateway/config.ts';

/**
 * A bottle that stays open while it is attacked, started as any user would, by `bot-bottle start` with a manifest. Its
 * agent waits for the end of its input.
 */
export interface HeldBottle extends AsyncDisposable {
  readonly record: BottleRecord;
  /** The arguments of its agent, as /proc shows them. */
  readonly agentArgv: readonly string[];
  /** Lets its agent end; the bottle and its work stay, as after any start. */
  letEnd(): Promise<void>;
  /** Kills its launcher without warning. */
  killLauncher(): Promise<void>;
}

export interface HeldOrder {
  readonly agent: string;
  readonly manifestPath: string;
  readonly projectDir: string;
  readonly rung: Rung;
  /** Undefined for the rung's default. */
  readonly networkForm: NetworkForm | undefined;
  /** Variables to add to the launcher's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A descriptor of this process that the launcher inherits. */
  readonly descriptor: number;
  /** Its agent, if not the one that waits. It must print something, and end with its input. */
  readonly argv?: readonly string[];
  /** Receives its output. */
  readonly onOutput?: (chunk: Buffer) => void;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Contains the agent's name, so that no other process has the same arguments. */
const waiting = (agent: string): string[] => ['sh', '-c', 'echo ready; cat', agent];
/** Timeout of the launcher's cleanup, in milliseconds, before it is killed. */
const END_DEADLINE_MS = 30_000;
const COMPLAINTS_SHOWN = 12;

/**
 * Starts the bottle. @throws BottleError with the launcher's own code and messages when it does not start; the signal's
 * reason
 */
export async function holdBottle(order: HeldOrder): Promise<HeldBottle> {
  const { agent, env, descriptor, progress, signal, argv = waiting(agent) } = order;
  const before = await bottlesOf(agent);
  signal.throwIfAborted();
  const launcher = spawnProgram(process.execPath, [...launcherArgs(order), '--', ...argv], {
    env: { ...wholeEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe', descriptor],
  });
  const complaints: string[] = [];
  let isEnding = false;
  launcher.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    complaints.push(...lines.slice(-COMPLAINTS_SHOWN).map(escapeText));
    complaints.splice(0, complaints.length - COMPLAINTS_SHOWN);
    // Its last messages are for users who keep the bottle, but this one is removed.
    if (!isEnding) for (const line of lines) progress(escapeText(line));
  });
  if (order.onOutput !== undefined) launcher.stdout?.on('data', order.onOutput);
  const ended = once(launcher, 'close');
  const stop = (): void => {
    isEnding = true;
    launcher.kill('SIGTERM');
  };
  const letEnd = async (): Promise<void> => {
    isEnding = true;
    await endLauncher(launcher, ended);
  };
  const letBe = whenAborted(signal, stop);
  const end = async (): Promise<void> => {
    letBe();
    await letEnd();
    for (const { id } of await bottlesOf(agent, before)) await removeHeld(id);
  };
  try {
    await Promise.race([once(launcher.stdout ?? launcher, 'data'), ended]);
    const [record] = await bottlesOf(agent, before);
    if (launcher.exitCode === null && record !== undefined) {
      const killLauncher = killing(launcher);
      return { record, agentArgv: argv, letEnd, killLauncher, [Symbol.asyncDispose]: end };
    }
    await ended;
    throw notStarted(launcher.exitCode, complaints);
  } catch (error) {
    await end();
    throw error;
  }
}

function launcherArgs({ agent, manifestPath, projectDir, rung, networkForm }: HeldOrder): string[] {
  const where = ['--manifest', manifestPath, '--runtime', rung.runtime, '--engine', rung.engine, '--yes'];
  const form = networkForm === undefined ? [] : ['--network-form', networkForm];
  return [...process.execArgv, process.argv[1] ?? '', 'start', agent, projectDir, ...where, ...form];
}

type Launcher = ReturnType<typeof spawnProgram>;

async function endLauncher(launcher: Launcher, ended: Promise<unknown>): Promise<void> {
  if (launcher.exitCode !== null || launcher.signalCode !== null) return;
  launcher.stdin?.end();
  const timer = setTimeout(() => launcher.kill('SIGKILL'), END_DEADLINE_MS);
  await ended;
  clearTimeout(timer);
}

/** Waits for the exit only: processes that the launcher leaves may hold its pipes open. */
const killing = (launcher: Launcher) => async (): Promise<void> => {
  const exit = once(launcher, 'exit');
  if (launcher.kill('SIGKILL')) await exit;
  launcher.stdout?.destroy();
  launcher.stderr?.destroy();
};

/** Excludes earlier bottles: one of the same name may still exist. */
async function bottlesOf(agent: string, before: readonly BottleRecord[] = []): Promise<BottleRecord[]> {
  const known = before.map(({ id }) => id);
  return (await readAll()).records.filter((record) => record.agent === agent && !known.includes(record.id));
}

function notStarted(code: number | null, complaints: readonly string[]): BottleError {
  const known = Object.entries(EXIT_CODES).find(([name, number]) => number === code && name !== 'bug');
  return new BottleError((known?.[0] ?? 'verifyFailed') as ErrorCode, 'the bottle to attack did not start', {
    details: complaints,
    fix: 'its own last lines are above; what this host can run: bot-bottle doctor',
  });
}

/**
 * Removes a bottle of a test run, as `bot-bottle rm --force` does. Succeeds if the bottle is already gone: every start
 * removes bottles whose launcher was killed, and may do so first.
 * @throws BottleError as `removeBottle`, while the bottle still has a record
 */
export async function removeHeld(id: string): Promise<void> {
  await removeBottle(id, true).catch(async (error: unknown) => {
    if ((await readAll()).records.some((record) => record.id === id)) throw error;
  });
}

/** Reads all decisions of a bottle's gateway so far. */
export async function decisionsOf({ id }: Pick<BottleRecord, 'id'>): Promise<AuditLine[]> {
  const decisions: AuditLine[] = [];
  for await (const line of readDecisions(bottlePaths(id).auditPath)) decisions.push(line);
  return decisions;
}
