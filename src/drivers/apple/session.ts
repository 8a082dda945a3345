import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../errors.ts';
import { whenAborted } from '../../host/deadline.ts';
import type { BottleSpec, ExecRequest, LaunchCheck, Session, SessionIo } from '../driver.ts';
import { encodeFrame, encodeRequest, frameReader } from '../sandbox/frames.ts';
import { openSession } from '../sandbox/session.ts';
import { besideProgram } from './agent.ts';
import { execAttached, startAttached, type Attached } from './attached.ts';
import { findContainer } from './cli.ts';
import { knownFailure } from './failures.ts';
import { containerName } from './names.ts';

/** Programs in the agent's machine: frames with a small program there, which holds their terminals. */

/** A machine whose first program has opened the network, checked it, and waits for the agent. */
export interface WaitingMachine {
  readonly checks: readonly LaunchCheck[];
  readonly launch: (io: SessionIo) => Promise<Session>;
  readonly kill: () => void;
}

const READY_DEADLINE_MS = 60_000;

/** Starts the machine, up to there. @throws BottleError `rungUnavailable` with what its first program said */
export async function startMachine(spec: BottleSpec, signal: AbortSignal): Promise<WaitingMachine> {
  const program = startAttached(spec.id, containerName(spec.id, 'agent'));
  const link = linkOf(program);
  try {
    const checks = await checksFrom(link, program, signal);
    return {
      checks,
      launch: async (io) => await openLink(link, { kind: 'main', ...spec }, io),
      kill: program.kill,
    };
  } catch (error) {
    program.kill();
    throw error;
  }
}

/** Runs a program beside the agent. @throws BottleError `usage` when the bottle does not run */
export async function runBeside(spec: BottleSpec, request: ExecRequest, io: SessionIo): Promise<Session> {
  const name = containerName(spec.id, 'agent');
  if ((await findContainer(name))?.state !== 'running')
    throw new BottleError('usage', 'the bottle does not run');
  const link = linkOf(execAttached(spec.id, name, besideProgram()));
  return await openLink(link, { ...request, kind: request.asRoot === true ? 'root' : 'exec' }, io);
}

type Request = Pick<ExecRequest, 'argv' | 'env' | 'cwd'> & { readonly kind: 'main' | 'exec' | 'root' };

async function openLink(link: Duplex, { kind, argv, env, cwd }: Request, io: SessionIo): Promise<Session> {
  const terminal = io.tty ? (io.size ?? { columns: 80, rows: 24 }) : undefined;
  const session = openSession(link, io, {
    opening: [encodeFrame('r', encodeRequest({ kind, terminal, cwd, argv, env }))],
    canDetach: false,
    afterExit: async () => undefined,
  });
  link.resume(); // one whose checks were read was paused
  return await session;
}

/** Both directions as one stream, which closes when the client has ended and all that it said was read. */
function linkOf({ stdin, stdout, ended }: Attached): Duplex {
  const link = new Duplex({
    read: () => void stdout.resume(),
    // A client that has ended takes nothing any more: its end says so.
    write: (piece, _encoding, done) => void stdin.write(piece, () => done()),
    final: (done) => void (stdin.end(), done()),
  });
  stdout.on('data', (piece) => {
    if (!link.push(piece)) stdout.pause();
  });
  void ended.then(() => {
    link.push(null);
    link.end();
  });
  return link;
}

/** What its first program says of the checks, in one frame. */
async function checksFrom(
  link: Duplex,
  program: Attached,
  signal: AbortSignal,
): Promise<readonly LaunchCheck[]> {
  const read = frameReader();
  const over = new AbortController();
  let letBe: () => void = () => undefined;
  let onData: (piece: Buffer) => void = () => undefined;
  const said = new Promise<readonly LaunchCheck[]>((resolve, reject) => {
    onData = (piece) => {
      for (const { letter, bytes } of read(piece)) {
        if (letter === 'l') resolve(JSON.parse(bytes.toString()) as LaunchCheck[]);
        else reject(notClosed([bytes.toString()]));
      }
    };
    link.on('data', onData);
    link.once('close', () => reject(notStarted(program)));
    letBe = whenAborted(signal, () => reject(signal.reason as Error));
    sleep(READY_DEADLINE_MS, undefined, { signal: over.signal, ref: false }).then(
      () => reject(notClosed([`it did not say so within ${READY_DEADLINE_MS / 1000} s`])),
      () => undefined,
    );
  });
  try {
    return await said;
  } finally {
    over.abort();
    letBe();
    link.off('data', onData).pause();
  }
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
    fix: known?.fix ?? 'bot-bottle doctor',
  });
}
