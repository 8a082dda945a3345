import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDecisions } from '../bottle/logs.ts';
import { readReceipt, type Receipt } from '../bottle/receipt.ts';
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
import { findProcess, watchHostProcesses, whyBlind, type HostProcesses } from './host-processes.ts';
import { attack, type AttackRun } from './inside/attack.ts';
import { holdBottle } from './inside/held-bottle.ts';
import { judgeFloors } from './floors/judge.ts';
import { readFloors } from './floors/read.ts';
import { judge, notApplicable, summarise } from './judge.ts';
import { controlOf, metAt, successOf } from './observe.ts';
import { viewProcess } from './process-view.ts';
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

/** A bottle that was attacked: what was found, and what it was made of. */
export interface VerifiedRung {
  readonly report: RungReport;
  readonly receipt: Receipt;
}

/** Attacks. @throws BottleError where the bottle does not start */
export async function verifyRung(order: RungOrder): Promise<VerifiedRung> {
  const startedAt = Date.now();
  const { rung, evidence } = order.look;
  const users = USERS.filter((user) => user === 'agent' || rung.traits.rootInside);
  const attacker = driverOf(rung).fileOwner(rung);
  await using arena = await layOut({ attacker, sides: users, programs: ['verify'] });
  await using bottle = await startHeld(order, arena, users);
  const { record } = bottle;
  const firstPid = findProcess(bottle.agentArgv);
  // Now, and not before: the bottle may have brought a bridge, with addresses of the host on it.
  const host = await viewHost();
  const floors = readFloors(order.look, order.signal);
  const rows: ProbeRow[] = [];
  for (const user of USERS) {
    const rowsOf = users.includes(user) ? attackAs : rowsWithout;
    rows.push(...(await rowsOf({ ...order, arena, record, host, user, firstPid })));
  }
  const receipt = await readReceipt(bottlePaths(record.id).receiptPath);
  const report = {
    runtime: rung.runtime,
    engine: rung.engine,
    boundary: rung.boundary,
    networkForm: record.spec.networkForm,
    evidence: { ...evidence, ...receipt.evidence },
    floors: judgeFloors(await floors),
    probes: rows,
    summary: summarise(rows),
    durationMs: Date.now() - startedAt,
  };
  return { report, receipt };
}

async function startHeld(order: RungOrder, arena: Arena<User>, users: readonly User[]) {
  const { ip4, ownName } = await viewHost();
  const agent = `verify-${randomBytes(3).toString('hex')}`;
  const { dir, programDir } = arena.sides.agent;
  const manifestPath = join(dir, 'bot-bottle.yaml');
  const ports = users.map((user) => arena.sides[user].canary.port);
  const address = ip4[0] ?? '127.0.0.1';
  await writeFile(manifestPath, arenaManifest({ agent, ports, address, ownName, presets: [] }));
  order.progress('starting a bottle to attack');
  return await holdBottle({
    agent,
    manifestPath,
    projectDir: programDir,
    rung: order.look.rung,
    networkForm: order.networkForm,
    // The launcher's environment, as it may hold a token of the user's.
    env: { BOT_BOTTLE_VERIFY_TOKEN: arena.loot.environment },
    progress: order.progress,
    signal: order.signal,
  });
}

interface Attacked extends RungOrder {
  readonly arena: Arena<User>;
  readonly record: BottleRecord;
  readonly host: HostView;
  readonly user: User;
  /** Of the bottle's first process, as this host counts, where this host has it. */
  readonly firstPid: number | undefined;
}

const probesOf = (probes: readonly Probe[], user: User): readonly Probe[] =>
  probes.filter(({ users = USERS }) => users.includes(user));

// oxlint-disable-next-line typescript/require-await -- the other of the two ways waits
const rowsWithout = async ({ probes, user }: Attacked): Promise<ProbeRow[]> =>
  probesOf(probes, user).map((probe) =>
    notApplicable(probe, user, 'there is no root in a bottle of this rung (trait rootInside)'),
  );

async function attackAs(attacked: Attacked): Promise<ProbeRow[]> {
  const { probes, arena, record, host, user, firstPid, progress } = attacked;
  progress(`attacking as ${user}`);
  const exempt = probesOf(probes, user).flatMap((probe) => exemption(probe, attacked) ?? []);
  const meant = probesOf(probes, user).filter(({ id }) => !exempt.some((row) => row.id === id));
  const possible = possibleProbes(meant, host);
  const ids = possible.map(({ id }) => id);
  const side = arena.sides[user];
  const nonces = { attempts: nonceForEach(ids), controls: nonceForEach(ids) };
  const targets = aimAt(nonces, host, side);
  const bottle = firstPid === undefined ? undefined : viewProcess(firstPid);
  using processes = watchHostProcesses({
    probes: possible,
    nonces,
    bottle,
    bystanderPid: targets.bystanderPid,
  });
  const run = await attack(record, user, targets);
  await sleep(SETTLE_MS);
  const decisions = await decisionsOf(record);
  const seen = { side, targets, loot: arena.loot, run, decisions, processes };
  const impossible = meant.filter((probe) => !possible.includes(probe));
  return [
    ...exempt,
    ...(await Promise.all(possible.map(async (probe) => await rowOf(probe, user, seen)))),
    ...impossible.map((probe) =>
      notApplicable(probe, user, `this host has nothing to try it on: ${probe.needs}`),
    ),
  ];
}

/** Why a probe means nothing on this rung, or cannot be judged by this user. */
function exemption(probe: Probe, { look, user, firstPid }: Attacked): ProbeRow | undefined {
  const { boundary } = look.rung;
  if (probe.means === 'sharedKernel' && boundary !== 'shared-kernel') {
    return notApplicable(
      probe,
      user,
      `the kernel that it is made on is not the host's (boundary ${boundary})`,
    );
  }
  const blind = probe.oracle.kind === 'process' ? whyBlind(firstPid) : undefined;
  return blind === undefined ? undefined : notApplicable(probe, user, blind);
}

interface SeenRun {
  readonly side: Arena<User>['sides'][User];
  readonly targets: Targets;
  readonly loot: Arena<User>['loot'];
  readonly run: AttackRun;
  readonly decisions: readonly AuditLine[];
  readonly processes: HostProcesses;
}

async function rowOf(probe: Probe, user: User, { run, ...scene }: SeenRun): Promise<ProbeRow> {
  const { said, words, complaint } = run;
  const { through, met } = controlOf(probe, { ...scene, words });
  return judge({
    probe,
    user,
    successes: await successOf(probe, { ...scene, said }),
    met: metAt(probe, { ...scene, words }),
    control: through,
    controlMet: met ?? (complaint === '' ? undefined : complaint),
  });
}

async function decisionsOf({ id }: BottleRecord): Promise<AuditLine[]> {
  const decisions: AuditLine[] = [];
  for await (const line of readDecisions(bottlePaths(id).auditPath)) decisions.push(line);
  return decisions;
}
