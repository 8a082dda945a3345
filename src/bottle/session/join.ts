import { driverOf } from '../../drivers/index.ts';
import { BottleError, EXIT_CODES } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';
import { note } from '../../ui/print.ts';
import { Interrupt } from './interrupt.ts';
import type { BottleRecord } from '../state/record.ts';
import { atTerminal, runSession } from './session.ts';
import { findRecord } from '../state/store.ts';

/** Runs sessions in a bottle that is already running. */

/**
 * Runs a program beside the agent and returns its exit code. `isRaw`: do not filter output to a pipe.
 * @throws BottleError `usage` if the bottle does not run
 */
export async function execInBottle(
  idOrAgent: string,
  argv: readonly string[],
  isRaw: boolean,
): Promise<number> {
  const { spec } = await findRunning(idOrAgent);
  const tty = atTerminal();
  const term = hostVariable('TERM');
  const request = { argv, env: tty && term !== undefined ? { TERM: term } : {}, cwd: spec.cwd };
  using interrupt = new Interrupt();
  const end = await runSession((io) => driverOf(spec.rung).exec(spec, request, io), {
    tty,
    isRaw,
    interrupt,
    // The signal that a shell's own program gets when its pipe is closed.
    unread: (session) => session.signal('SIGPIPE'),
  });
  return end === 'detached' ? EXIT_CODES.ok : end;
}

/**
 * Connects the user's terminal with a detached agent. Returns the agent's exit code, or 0 when the user detaches again.
 * @throws BottleError `usage` if there is no terminal, or the bottle does not run or is not detached
 */
export async function attachToBottle(idOrAgent: string): Promise<number> {
  const { id, spec, detached } = await findRunning(idOrAgent);
  if (!detached) throw notDetached(id, spec.rung.traits.canDetach);
  if (!atTerminal())
    throw new BottleError('usage', 'attach needs a terminal', {
      fix: `at a terminal: bot-bottle attach ${id}; without one: bot-bottle exec ${id} -- COMMAND`,
    });
  using interrupt = new Interrupt();
  const end = await runSession((io) => driverOf(spec.rung).attach(spec, io), {
    tty: true,
    isRaw: false,
    interrupt,
    unread: () => undefined,
  });
  if (end !== 'detached') return end;
  note(`\r\ndetached from ${id}; bot-bottle attach ${id} connects again`);
  return EXIT_CODES.ok;
}

/** The fix covers a `start` at a terminal and one without. */
function notDetached(id: string, canDetach: boolean): BottleError {
  const beside = `run a program beside it: bot-bottle exec ${id} -- sh`;
  return new BottleError('usage', `bottle ${id} still belongs to the start that made it`, {
    fix: canDetach ? `press Ctrl-p Ctrl-q in its terminal; or ${beside}` : beside,
  });
}

async function findRunning(idOrAgent: string): Promise<BottleRecord> {
  const record = await findRecord(idOrAgent);
  if (record.phase === 'running') return record;
  throw new BottleError('usage', `bottle ${record.id} does not run (${record.phase})`, {
    fix: `bot-bottle start ${record.agent}`,
  });
}
