import { setTimeout as sleep } from 'node:timers/promises';
import type { BottleSpec, LaunchCheck } from '../../driver.ts';
import { askingProgram, notAnswered, verdictOf } from '../../network/ask-inside.ts';
import { askBeside } from './ask-beside.ts';
import type { Connection } from '../engine/engine.ts';
import { hostStackFix } from '../fixes.ts';
import { containerName } from '../names.ts';
import { factsOfRuntime } from '../rungs.ts';

/** Asks the gateway from inside the agent's container, while the agent waits at its gate. */

export interface InsideOrder {
  readonly spec: BottleSpec;
  /** The gateway's address, as the bottle sees it. */
  readonly address: string;
  readonly signal: AbortSignal;
}

/** A new network may need a moment. */
const TRIES = 5;
const BETWEEN_TRIES_MS = 200;
const ANSWER_MS = 15_000;

const CLIENT_FIX = 'an image with Perl, bash, wget or Node; or start with --network-form bridge';

/**
 * Runs the check's program as the agent's user on the agent's own runtime, and returns the check that held. Returns
 * none for a runtime that uses the host's network stack: the other checks ran in the same network namespace.
 * @throws BottleError `rungUnavailable` if the gateway does not answer as this bottle's gateway; the signal's reason
 */
export async function checkFromInside(
  connection: Connection,
  { spec, address, signal }: InsideOrder,
): Promise<readonly LaunchCheck[]> {
  // Uses the runtime's recorded fact, not its registration on this host: the check tests exactly that.
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
