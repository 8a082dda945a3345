import { addAbortSignal } from 'node:stream';
import { BottleError } from '../../errors.ts';
import { deadline } from '../../host/deadline.ts';
import type { BottleSpec, LaunchCheck, Session, SessionIo } from '../driver.ts';
import type { Attached } from '../attached/attached.ts';
import { launchChecksIn } from '../attached/launch-checks.ts';
import { besideProgram } from '../attached/machine.ts';
import { openProgram } from '../attached/session.ts';
import { frameReader } from '../sandbox/frames.ts';
import { execAttached, knownFailure, startAttached } from './cli.ts';
import { containerName } from './names.ts';

/** Starts the agent's machine, and programs in it. */

const READY_DEADLINE_MS = 60_000;

/**
 * Starts the machine, which ends with this process. Returns its launch checks: its first program has opened the
 * gateway's ports and checked the network.
 * @throws BottleError `rungUnavailable` with its first program's output
 */
export async function startMachine(spec: BottleSpec, signal: AbortSignal): Promise<readonly LaunchCheck[]> {
  const program = startAttached(spec.id, containerName(spec.id, 'agent'));
  try {
    const checks = await checksFrom(program, signal);
    program.letGo();
    return checks;
  } catch (error) {
    program.kill();
    throw error;
  }
}

/** Starts the agent's program in the machine. @throws BottleError `rungUnavailable` */
export const launchAgent = async (spec: BottleSpec, io: SessionIo): Promise<Session> =>
  await openProgram(
    execAttached(spec.id, containerName(spec.id, 'agent'), besideProgram()),
    { kind: 'main', ...spec },
    io,
  );

/** The launch checks from its first program, in one frame. */
async function checksFrom(program: Attached, signal: AbortSignal): Promise<readonly LaunchCheck[]> {
  const read = frameReader();
  const ending = deadline(READY_DEADLINE_MS, signal);
  try {
    for await (const piece of addAbortSignal(ending, program.stdout) as AsyncIterable<Buffer>) {
      const [frame] = read(piece);
      const checks = frame?.letter === 'l' ? launchChecksIn(frame.bytes.toString()) : undefined;
      if (checks !== undefined) return checks;
      if (frame !== undefined) throw notClosed([frame.bytes.toString()]);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RangeError) throw notClosed([error.message]);
    if (!ending.aborted) throw error;
    throw notClosed([`it did not say so within ${READY_DEADLINE_MS / 1000} s`, ...program.complaints()]);
  }
  await program.ended;
  throw notStarted(program);
}

const notClosed = (details: readonly string[]): BottleError =>
  new BottleError('rungUnavailable', "the bottle's network could not be closed and connected", {
    details,
    fix: 'bot-bottle doctor',
  });

function notStarted(program: Attached): BottleError {
  const details = program.complaints();
  const known = knownFailure(details.join('\n'));
  return new BottleError('rungUnavailable', known?.message ?? 'the agent’s machine could not be started', {
    details,
    fix: known?.fix() ?? 'bot-bottle doctor',
  });
}
