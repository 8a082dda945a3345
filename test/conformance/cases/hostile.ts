import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import type { AuditLine } from '../../../src/gateway/config.ts';
import { answersIn, faultsOf, linesThatTell, prepare, type Fault } from '../../hostile/judge.ts';
import { isHostile } from '../../hostile/row.ts';
import { DENIALS, LENDING, LENT_SECRET, PROTECTED_SECRET, RULES } from '../../hostile/rules.ts';
import { TABLE } from '../../hostile/table.ts';
import { bundle } from '../../integration/gateway/support/bundle.ts';
import type { Bench } from '../support/bench.ts';
import { openHostilePlace, type HostilePlace } from '../support/hostile-place.ts';
import type { LiveBottle } from '../support/live.ts';

/** Sends the table of test/hostile from one bottle. The servers show what got out, the log what the gateway decided. */

const ROWS = Object.values(TABLE).flat();
const DEADLINE_MS = 200_000;
/** Time for the canary's last output to arrive, in milliseconds. */
const ARRIVAL_MS = 300;

export function hostileCases(bench: Bench): void {
  let place: HostilePlace;
  let faults: readonly Fault[];
  let telling: readonly string[];

  beforeAll(async () => {
    place = await openHostilePlace();
    const program = join(bench.projectDir, 'send.mjs');
    await bundle('test/hostile/sender.ts', program);
    chmodSync(program, 0o644);
    const bottle = await bench.live('hostile', ['sh', '-c', 'echo ready; cat'], {
      manifest: manifestFor(place.address),
      env: { SSL_CERT_FILE: place.authorityPath, TEST_LENT: LENT_SECRET, TEST_KEPT: PROTECTED_SECRET },
    });
    ({ faults, telling } = await sendAll(bench, { bottle, place }));
  });
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
  });

  const wrong = (hostile: boolean): readonly Fault[] => {
    const ids = new Set(ROWS.filter((row) => isHostile(row) === hostile).map(({ id }) => id));
    return faults.filter(({ id }) => ids.has(id));
  };

  bench.case('what is hostile is refused or made harmless, and servers hear nothing of it', () =>
    expect(wrong(true)).toEqual([]),
  );

  bench.case('no line of the log tells a secret', () => expect(telling).toEqual([]));

  bench.case('what is honest arrives, and whole', () => expect(wrong(false)).toEqual([]));
}

function manifestFor(address: string) {
  const addresses = [address];
  const slots = { bearer: { bearer: true }, header: { header: 'x-api-key' }, query: { query: 'lent' } };
  const lending = Object.entries(LENDING).map(([name, { host, slot }]) => {
    const isKept = name === 'keeper';
    const secret = isKept ? '${TEST_KEPT}' : '${TEST_LENT}';
    const variable = name === 'bearer' ? { env: 'TEST_HELD' } : {};
    return { host, addresses, inject: { ...slots[slot.kind], secret, ...variable } };
  });
  const allow = Object.values(RULES).map((rule) => ({ ...rule, addresses }));
  return { allow: [...allow, ...lending], deny: Object.values(DENIALS) };
}

/** Sends all rows in turn. Reads the log after the bottle has stopped, when it is complete. */
async function sendAll(
  { program }: Bench,
  { bottle, place }: { bottle: LiveBottle; place: HostilePlace },
): Promise<{ readonly faults: readonly Fault[]; readonly telling: readonly string[] }> {
  const placeholder = (await bottle.exec(['printenv', 'TEST_HELD'])).stdout.trim();
  const run = prepare(ROWS, placeholder);
  const sent = await program.run(['exec', bottle.id, '--', 'node', '/work/send.mjs'], {
    stdin: JSON.stringify(run.sendings),
    timeoutMs: DEADLINE_MS,
  });
  const answers = answersIn(sent.stdout);
  expect({ stderr: sent.stderr, answers: answers.length }).toEqual({ stderr: '', answers: ROWS.length });
  await sleep(ARRIVAL_MS);
  await bottle.stop();
  const { stdout } = await program.run(['logs', bottle.id, '--json']);
  const log = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as AuditLine]));
  return {
    faults: faultsOf(run, { log, heard: place.heard, answers }),
    telling: linesThatTell(log, [LENT_SECRET, PROTECTED_SECRET]),
  };
}
