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
import { aimAt } from './arena/targets.ts';
import { controlAfter, successesAfter, type Aftermath } from './after/aftermath.ts';
import { guestCorner, makeProject } from './after/project.ts';
import { forAttack, goOn, letRootIn, type UserAttack } from './after/stages.ts';
import { attack } from './inside/attack.ts';
import { holdBottle } from './inside/held-bottle.ts';
import { judgeFloors } from './floors/judge.ts';
import { readFloors } from './floors/read.ts';
import { judge, notApplicable, summarise } from './judge.ts';
import { controlOf, metAt, successOf } from './observe.ts';
import { stageOf, USERS, type Probe, type User } from './probes/probe.ts';
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
  const projectDir = arena.sides.agent.programDir;
  const isFollowed = order.probes.some((probe) => stageOf(probe) !== 'attack');
  if (isFollowed) await makeProject(projectDir, users);
  const start = async () => await startHeld(order, arena, users);
  await using bottle = await start();
  const { record } = bottle;
  // Now, and not before: the bottle may have brought a bridge, with addresses of the host on it.
  const host = await viewHost();
  const floors = readFloors(order.look, order.signal);
  if (isFollowed && users.includes('root')) await letRootIn(record);
  const attacks: Attacked[] = [];
  for (const user of users) attacks.push(await attackAs({ ...order, arena, record, host, user }));
  const receipt = await readReceipt(bottlePaths(record.id).receiptPath);
  const { probes, progress } = order;
  const after = await goOn({ probes, progress, bottle, projectDir, attacks, startNext: start });
  const rows: ProbeRow[] = [];
  for (const user of USERS) {
    const made = attacks.find((one) => one.user === user);
    rows.push(...(made === undefined ? rowsWithout(probes, user) : await rowsOf(made, arena, after)));
  }
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

interface AttackOrder extends RungOrder {
  readonly arena: Arena<User>;
  readonly record: BottleRecord;
  readonly host: HostView;
  readonly user: User;
}

interface Attacked extends UserAttack {
  readonly possible: readonly Probe[];
  readonly impossible: readonly Probe[];
  readonly decisions: readonly AuditLine[];
}

const probesOf = (probes: readonly Probe[], user: User): readonly Probe[] =>
  probes.filter(({ users = USERS }) => users.includes(user));

const rowsWithout = (probes: readonly Probe[], user: User): ProbeRow[] =>
  probesOf(probes, user).map((probe) =>
    notApplicable(probe, user, 'there is no root in a bottle of this rung (trait rootInside)'),
  );

async function attackAs({ probes, arena, record, host, user, progress }: AttackOrder): Promise<Attacked> {
  progress(`attacking as ${user}`);
  const meant = probesOf(probes, user);
  const possible = possibleProbes(meant, host);
  const impossible = meant.filter((probe) => !possible.includes(probe));
  const ids = possible.map(({ id }) => id);
  const side = arena.sides[user];
  const nonces = { attempts: nonceForEach(ids), controls: nonceForEach(ids) };
  const targets = { ...aimAt(nonces, host, side), workDir: guestCorner(user) };
  const run = await attack(record, user, forAttack(targets));
  await sleep(SETTLE_MS);
  return { user, side, targets, run, possible, impossible, decisions: await decisionsOf(record) };
}

async function rowsOf(made: Attacked, { loot }: Arena<User>, after: Aftermath): Promise<ProbeRow[]> {
  const { user, possible, impossible } = made;
  return [
    ...(await Promise.all(possible.map(async (probe) => await rowOf(probe, { ...made, loot }, after)))),
    ...impossible.map((probe) =>
      notApplicable(probe, user, `this host has nothing to try it on: ${probe.needs}`),
    ),
  ];
}

type SeenAttack = Attacked & Pick<Arena<User>, 'loot'>;

async function rowOf(probe: Probe, { run, ...scene }: SeenAttack, after: Aftermath): Promise<ProbeRow> {
  const { said, words, complaint } = run;
  const { user, side, targets } = scene;
  const { through, met } = controlOf(probe, { ...scene, words });
  const made = (nonce = '') => ({ probe, user, side, nonce });
  const later = controlAfter(made(targets.controls[probe.id]), after).join(', ');
  const isLater = probe.control === 'back' || probe.control === 'shown';
  return judge({
    probe,
    user,
    successes: [
      ...(await successOf(probe, { ...scene, said })),
      ...successesAfter(made(targets.attempts[probe.id]), after),
    ],
    met: metAt(probe, words),
    control: isLater ? later || undefined : through,
    controlMet: after.applyFailure ?? met ?? (complaint === '' ? undefined : complaint),
  });
}

async function decisionsOf({ id }: BottleRecord): Promise<AuditLine[]> {
  const decisions: AuditLine[] = [];
  for await (const line of readDecisions(bottlePaths(id).auditPath)) decisions.push(line);
  return decisions;
}
