import { setTimeout as sleep } from 'node:timers/promises';
import type { BottleSpec, LaunchCheck } from '../driver.ts';
import { askingProgram, notAnswered, verdictOf } from '../network/ask-inside.ts';
import { askBeside } from './ask-beside.ts';
import type { Connection } from './engine/engine.ts';
import { hostStackFix } from './fixes.ts';
import { containerName } from './names.ts';
import { factsOfRuntime } from './rungs.ts';

/** Asks the gateway from inside the agent's container, while the agent waits at its gate. */

export interface InsideOrder {
  readonly spec: BottleSpec;
  /** Where the bottle sees its gateway. */
  readonly address: string;
  readonly signal: AbortSignal;
}

/** A network that has just been made may need a moment. */
const TRIES = 5;
const BETWEEN_TRIES_MS = 200;
const ANSWER_MS = 15_000;

const CLIENT_FIX = 'an image with Perl, bash, wget or Node; or start with --network-form bridge';

/**
 * Runs the program of the check as the agent's user on the agent's own runtime, and gives the check that held; none for a runtime
 * that uses the host's network stack, as the other checks have done in the same network namespace.
 * @throws BottleError `rungUnavailable` where the gateway does not answer as this bottle's; the signal's reason
 */
export async function checkFromInside(
  connection: Connection,
  { spec, address, signal }: InsideOrder,
): Promise<readonly LaunchCheck[]> {
  // How it is registered changes nothing: that is what is checked.
  if (!factsOfRuntime(connection.runtime).ownNetworkStack) return [];
  const question = { ...askingProgram(spec, address), deadlineMs: ANSWER_MS };
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const verdict = verdictOf(spec, await askBeside(connection, containerName(spec.id, 'agent'), question));
    if ('held' in verdict) return [verdict.held];
    if (verdict.lacksClient) throw notAnswered(verdict.failure, CLIENT_FIX);
    if (attempt === TRIES || verdict.isLate) throw notAnswered(verdict.failure, hostStackFix(connection));
    await sleep(BETWEEN_TRIES_MS);
  }
}
