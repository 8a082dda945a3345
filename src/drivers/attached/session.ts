import { Duplex } from 'node:stream';
import { BottleError } from '../../errors.ts';
import type { ExecRequest, Session, SessionIo } from '../driver.ts';
import { encodeFrame, encodeRequest } from '../sandbox/frames.ts';
import { openSession } from '../sandbox/session.ts';
import type { Attached } from './attached.ts';

/** Programs in a machine: frames with a small program there, which holds their terminals (assets/attached/session.pl). */

/** A client that has said nothing by then never will. */
const BEGIN_DEADLINE_MS = 20_000;

export type ProgramOrder = Pick<ExecRequest, 'argv' | 'env' | 'cwd'> & {
  /** `main`: the agent, whose variables those beside it have, too; `root`: one beside it, as root of the machine. */
  readonly kind: 'main' | 'exec' | 'root';
};

/** One beside the agent, as who asks for it wishes. Pure. */
export const orderBeside = (request: ExecRequest): ProgramOrder => ({
  ...request,
  kind: request.asRoot === true ? 'root' : 'exec',
});

/**
 * Has the small program at the other end start this one. Settles when it has begun.
 * @throws BottleError `rungUnavailable` with the reason when it has not
 */
export async function openProgram(
  program: Attached,
  { kind, argv, env, cwd }: ProgramOrder,
  io: SessionIo,
): Promise<Session> {
  const link = linkOf(program);
  // What begins says so; a call that never returns is ended, and the session with it.
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

/** Both directions as one stream, which closes when the client has ended and all that it said was read. */
function linkOf({ stdin, stdout, ended }: Attached): Duplex {
  const link = new Duplex({
    read: () => void stdout.resume(),
    // A client that has ended takes nothing any more: its end says so.
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
