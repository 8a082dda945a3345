import { Duplex } from 'node:stream';
import { BottleError } from '../../errors.ts';
import type { ExecRequest, Session, SessionIo } from '../driver.ts';
import { encodeFrame, encodeRequest } from '../sandbox/frames.ts';
import { openSession } from '../sandbox/session.ts';
import type { Attached } from './attached.ts';

/**
 * Runs programs in a machine: exchanges frames with a small program there, which holds their terminals
 * (assets/attached/session.pl).
 */

/** Timeout for the client's first output, in milliseconds. */
const BEGIN_DEADLINE_MS = 20_000;

export type ProgramOrder = Pick<ExecRequest, 'argv' | 'env' | 'cwd'> & {
  /**
   * `main`: the agent; programs beside it get its variables, too. `root`: a program beside it, as root of the machine.
   */
  readonly kind: 'main' | 'exec' | 'root';
};

/** The order for a program beside the agent. Pure. */
export const orderBeside = (request: ExecRequest): ProgramOrder => ({
  ...request,
  kind: request.asRoot === true ? 'root' : 'exec',
});

/**
 * Makes the small program at the other end start this program. Settles when it has started.
 * @throws BottleError `rungUnavailable` with the reason when it has not
 */
export async function openProgram(
  program: Attached,
  { kind, argv, env, cwd }: ProgramOrder,
  io: SessionIo,
): Promise<Session> {
  const link = linkOf(program);
  // A started program reports itself. A call that never returns is killed, which ends the session.
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    program.kill();
  }, BEGIN_DEADLINE_MS);
  void program.ended.then(() => clearTimeout(late));
  program.stdout.once('data', () => clearTimeout(late));
  const terminal = io.tty ? (io.size ?? { columns: 80, rows: 24 }) : undefined;
  try {
    return await openSession(link, io, {
      opening: [encodeFrame('r', encodeRequest({ kind, terminal, cwd, argv, env }))],
      canDetach: false,
      afterExit: async () => undefined,
    });
  } catch (error) {
    if (!isLate) throw error;
    throw new BottleError(
      'rungUnavailable',
      `the program in the machine did not begin within ${BEGIN_DEADLINE_MS / 1000} s`,
      { details: program.complaints(), fix: 'try again; where it stays so: bot-bottle doctor' },
    );
  }
}

/** Joins both directions into one stream. It closes when the client has ended and all of its output was read. */
function linkOf({ stdin, stdout, ended }: Attached): Duplex {
  const link = new Duplex({
    read: () => void stdout.resume(),
    // A client that has ended reads nothing any more; its end is reported elsewhere.
    write: (piece, _encoding, done) => void stdin.write(piece, () => done()),
    final: (done) => {
      stdin.end();
      done();
    },
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
