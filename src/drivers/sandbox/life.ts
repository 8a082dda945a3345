import { constants } from 'node:os';
import { BottleError, HAS_ENDED } from '../../errors.ts';
import { goneWithin, type ProcessIdentity, endProcess, findProcessesOf } from '../../host/processes.ts';
import type { BottleSpec, ExecRequest, Session, SessionIo, Resource } from '../driver.ts';
import { encodeFrame, encodeRequest, sizeBytes, type ProgramRequest } from './frames.ts';
import { connectSession, signalAll, startSession } from './program.ts';
import { openSession } from './session.ts';
import { killBottle, type StartedBottle } from './start.ts';
import { agentRuns, runningInit } from './state.ts';

/** The life of a sandbox's programs: the agent, the programs beside it, and their end. */

/** Starts the main program; the bottle ends with it. */
export async function launchMain(
  spec: BottleSpec,
  bottle: Pick<StartedBottle, 'init' | 'release'>,
  io: SessionIo,
): Promise<Session> {
  const { cwd, argv, env } = spec;
  const request = encodeRequest({ kind: 'main', terminal: terminalOf(io), cwd, argv, env });
  const session = await openSession(startSession(spec, { attachable: true }), io, {
    opening: [encodeFrame('r', request)],
    canDetach: true,
    // Does not trust even the bottle's first program: only the kernel tells whether it has ended.
    afterExit: async () => await killBottle(bottle.init),
  });
  bottle.release();
  return session;
}

type BesideRequest = ExecRequest & { readonly kind: ProgramRequest['kind'] };

/** Runs a program beside the agent. @throws BottleError `usage` when the agent does not run */
export async function runBeside(spec: BottleSpec, request: BesideRequest, io: SessionIo): Promise<Session> {
  await runningAgent(spec);
  return await runInside(spec, request, io);
}

/** Runs a program in a sandbox, whether an agent runs or not. */
export async function runInside(
  spec: Pick<BottleSpec, 'id' | 'runDir' | 'rung'>,
  request: BesideRequest,
  io: SessionIo,
): Promise<Session> {
  const opening = encodeRequest({ terminal: terminalOf(io), ...request });
  return await openSession(startSession(spec, { attachable: false }), io, {
    opening: [encodeFrame('r', opening)],
    canDetach: false,
    afterExit: async () => undefined,
  });
}

/** Connects to the agent again. @throws BottleError `usage` when it does not run */
export async function attachToAgent(spec: BottleSpec, io: SessionIo): Promise<Session> {
  const init = await runningAgent(spec);
  return await openSession(await connectSession(spec), io, {
    opening: io.size === undefined ? [] : [encodeFrame('w', sizeBytes(io.size))],
    canDetach: true,
    afterExit: async () => await killBottle(init),
  });
}

/**
 * Asks all programs to end, and kills them after `graceMs`. Succeeds if there are none.
 * @throws BottleError `rungUnavailable`
 */
export async function stopAgent({ runDir }: BottleSpec, graceMs: number): Promise<void> {
  const init = await runningInit(runDir);
  if (init === undefined) return;
  await signalAll(runDir, constants.signals.SIGTERM);
  await goneWithin(init, graceMs);
  await killBottle(init);
}

async function runningAgent(spec: BottleSpec): Promise<ProcessIdentity> {
  const init = await agentRuns(spec.runDir);
  if (init === undefined)
    throw new BottleError('usage', `the agent of bottle ${spec.id} does not run`, { fix: HAS_ENDED });
  return init;
}

/** A terminal of 80 x 24 if the real size is unknown. */
function terminalOf({ tty, size }: SessionIo): SessionIo['size'] {
  return tty ? (size ?? { columns: 80, rows: 24 }) : undefined;
}

/** Grace period of a process, in milliseconds: a gateway among them writes its last counts. */
const LAST_WORDS_MS = 250;

/**
 * Kills every process with the bottle's id: a sandbox consists only of processes.
 * @throws BottleError `rungUnavailable`
 */
export async function removeProcesses(resources: readonly Resource[]): Promise<void> {
  for (const resource of resources) {
    if (resource.kind === 'processes') await endAllOf(resource.bottleId);
  }
}

/** Kills the processes that it finds, and searches again: one of them may just have started another. */
async function endAllOf(bottleId: string): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const found = findProcessesOf(bottleId);
    if (found.length === 0) return;
    await Promise.all(found.map(async (process) => await endProcess(process, LAST_WORDS_MS)));
  }
  throw new BottleError('rungUnavailable', `processes of bottle ${bottleId} do not end`, {
    details: findProcessesOf(bottleId).map(({ pid }) => `process ${pid}`),
    fix: 'bot-bottle gc tries again; what no signal ends, a restart of this host does',
  });
}
