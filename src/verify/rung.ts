import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDecisions } from '../bottle/logs.ts';
import { readReceipt } from '../bottle/receipt.ts';
import type { BottleRecord } from '../bottle/record.ts';
import { bottlePaths } from '../bottle/store.ts';
import type { NetworkForm, Probe as Look } from '../drivers/driver.ts';
import { driverOf } from '../drivers/index.ts';
import type { AuditLine } from '../gateway/config.ts';
import { layOut, type Arena } from './arena/arena.ts';
import { possibleProbes, viewHost, type HostView } from './arena/host-view.ts';
import { arenaManifest } from './arena/manifest.ts';
import { nonceForEach } from './arena/nonce.ts';
import { aimAt, type Targets } from './arena/targets.ts';
import { attack, type AttackRun } from './inside/attack.ts';
import { holdBottle } from './inside/held-bottle.ts';
import { judge, notApplicable, summarise } from './judge.ts';
import { controlOf, metAt, successOf } from './observe.ts';
import { USERS, type Probe, type User } from './probes/probe.ts';
import type { ProbeRow, RungReport } from './report.ts';

/** All probes on one rung: a bottle of it is started, attacked by each user that it has, and removed. */

export interface RungOrder {
  readonly look: Look;
  readonly networkForm: NetworkForm | undefined;
  readonly probes: readonly Probe[];
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A datagram that was sent at the very end may still be under way. */
const SETTLE_MS = 300;

/** Attacks. @throws BottleError where the bottle does not start */
export async function verifyRung(order: RungOrder): Promise<RungReport> {
  const startedAt = Date.now();
  const { rung, evidence } = order.look;
  const users = USERS.filter((user) => user === 'agent' || rung.traits.rootInside);
  const attacker = driverOf(rung).fileOwner(rung);
  await using arena = await layOut({ attacker, sides: users, programs: ['verify'] });
  await using bottle = await startHeld(order, arena, users);
  const { record } = bottle;
  // Now, and not before: the bottle may have brought a bridge, with addresses of the host on it.
  const host = await viewHost();
  const rows: ProbeRow[] = [];
  for (const user of USERS) {
    const rowsOf = users.includes(user) ? attackAs : rowsWithout;
    rows.push(...(await rowsOf({ ...order, arena, record, host, user })));
  }
  const receipt = await readReceipt(bottlePaths(record.id).receiptPath);
  return {
    runtime: rung.runtime,
    engine: rung.engine,
    boundary: rung.boundary,
    networkForm: record.spec.networkForm,
    evidence: { ...evidence, ...receipt.evidence },
    probes: rows,
    summary: summarise(rows),
    durationMs: Date.now() - startedAt,
  };
}

async function startHeld(order: RungOrder, arena: Arena<User>, users: readonly User[]) {
  const { ip4, ownName } = await viewHost();
  const agent = `verify-${randomBytes(3).toString('hex')}`;
  const { dir, programDir } = arena.sides.agent;
  const manifestPath = join(dir, 'bot-bottle.yaml');
  const ports = users.map((user) => arena.sides[user].canary.port);
  const lenderPorts = users.map((user) => arena.sides[user].lender.port);
  const address = ip4[0] ?? '127.0.0.1';
  await writeFile(manifestPath, arenaManifest({ agent, ports, lenderPorts, address, ownName, presets: [] }));
  order.progress('starting a bottle to attack');
  return await holdBottle({
    agent,
    manifestPath,
    projectDir: programDir,
    rung: order.look.rung,
    networkForm: order.networkForm,
    ...arena.launcher,
    progress: order.progress,
    signal: order.signal,
  });
}

interface Attacked extends RungOrder {
  readonly arena: Arena<User>;
  readonly record: BottleRecord;
  readonly host: HostView;
  readonly user: User;
}

const probesOf = (probes: readonly Probe[], user: User): readonly Probe[] =>
  probes.filter(({ users = USERS }) => users.includes(user));

// oxlint-disable-next-line typescript/require-await -- the other of the two ways waits
const rowsWithout = async ({ probes, user }: Attacked): Promise<ProbeRow[]> =>
  probesOf(probes, user).map((probe) =>
    notApplicable(probe, user, 'there is no root in a bottle of this rung (trait rootInside)'),
  );

async function attackAs({ probes, arena, record, host, user, progress }: Attacked): Promise<ProbeRow[]> {
  progress(`attacking as ${user}`);
  const meant = probesOf(probes, user);
  const possible = possibleProbes(meant, host);
  const ids = possible.map(({ id }) => id);
  const side = arena.sides[user];
  const targets = aimAt({ attempts: nonceForEach(ids), controls: nonceForEach(ids) }, host, side);
  const run = await attack(record, user, targets);
  await sleep(SETTLE_MS);
  const decisions = await decisionsOf(record);
  const seen = { side, targets, loot: arena.loot, known: host.known, run, decisions };
  const impossible = meant.filter((probe) => !possible.includes(probe));
  return [
    ...(await Promise.all(possible.map(async (probe) => await rowOf(probe, user, seen)))),
    ...impossible.map((probe) =>
      notApplicable(probe, user, `this host has nothing to try it on: ${probe.needs}`),
    ),
  ];
}

interface SeenRun {
  readonly side: Arena<User>['sides'][User];
  readonly targets: Targets;
  readonly loot: Arena<User>['loot'];
  readonly known: HostView['known'];
  readonly run: AttackRun;
  readonly decisions: readonly AuditLine[];
}

async function rowOf(probe: Probe, user: User, { run, ...scene }: SeenRun): Promise<ProbeRow> {
  const { said, words, complaint } = run;
  const { through, met } = controlOf(probe, { ...scene, words });
  return judge({
    probe,
    user,
    successes: await successOf(probe, { ...scene, said }),
    met: metAt(probe, words),
    control: through,
    controlMet: met ?? (complaint === '' ? undefined : complaint),
  });
}

async function decisionsOf({ id }: BottleRecord): Promise<AuditLine[]> {
  const decisions: AuditLine[] = [];
  for await (const line of readDecisions(bottlePaths(id).auditPath)) decisions.push(line);
  return decisions;
}
