import { expect } from 'vitest';
import { allRungs } from '../../../src/bottle/rungs/rung-checks.ts';
import type { Targets } from '../../../src/verify/arena/targets.ts';
import { parseAgentMessage, type AgentMessage } from '../../../src/verify/inside/attack.ts';
import type { Owner } from '../../../src/drivers/driver.ts';
import { driverOf } from '../../../src/drivers/index.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { TEST_USER } from '../../../scripts/setup/test-user.ts';
import type { Outcome } from './program.ts';
import type { RungUnderTest } from './rung.ts';

/** Returns the owner of a bottle's programs on the host, so that the same user makes the control in the open. */
export async function attackerOf({ runtime, engine, user }: RungUnderTest): Promise<Owner> {
  if (user === 'ordinary') {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => await runOrThrow('id', [flag, TEST_USER])),
    );
    return { uid: Number(uid), gid: Number(gid) };
  }
  const rung = allRungs().find((rung) => rung.runtime === runtime && rung.engine === engine);
  if (rung === undefined) throw new Error(`no driver offers ${runtime} on ${engine}`);
  return driverOf(rung).fileOwner(rung);
}

/** Returns the output of the program of the attempts. Fails the test if it did not make all of them. */
export function wordsOf({ stdout, stderr }: Outcome, targets: Targets): AgentMessage[] {
  const words = stdout.split('\n').flatMap((line) => parseAgentMessage(line) ?? []);
  const made = words.flatMap((word) => (word.kind === 'attempt' ? [word.attempt] : []));
  expect({ made: made.sort(), stderr }).toMatchObject({ made: Object.keys(targets.attempts).sort() });
  return words;
}
