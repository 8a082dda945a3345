import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDecisions } from '../bottle/logs.ts';
import { readReceipt } from '../bottle/receipt.ts';
import type { BottleRecord } from '../bottle/record.ts';
import { bottlePaths } from '../bottle/store.ts';
import type { NetworkForm, Probe as Look, Rung, Traits } from '../drivers/driver.ts';
import { driverOf } from '../drivers/index.ts';
import type { AuditLine } from '../gateway/config.ts';
import { isRoot } from '../host/user.ts';
import { layOut, type Arena } from './arena/arena.ts';
import { possibleProbes, viewHost, type HostView } from './arena/host-view.ts';
import { arenaManifest } from './arena/manifest.ts';
import { nonceForEach } from './arena/nonce.ts';
import { startMeter, type Meter } from './arena/meter.ts';
import { aimAt, type Nonces, type Targets } from './arena/targets.ts';
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
  const receipt = await readReceipt(bottlePaths(record.id).receiptPath);
  const [limits, others] = [order.probes.filter(isLimit), order.probes.filter((probe) => !isLimit(probe))];
  // Limits at the very end, root's first: what the agent is given to do last may end the bottle.
  for (const [probes, by] of [[others, USERS] as const, [limits, USERS.toReversed()] as const]) {
    for (const user of probes.length === 0 ? [] : by) {
      const rowsOf = users.includes(user) ? attackAs : rowsWithout;
      rows.push(
        ...(await rowsOf({ ...order, probes, arena, record, host, user, evidence: receipt.evidence })),
      );
    }
  }
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

const isLimit = ({ family }: Probe): boolean => family === 'limits';

/** Small, so that little has to be taken to have too much; a Node that has no control group around it reserves half a GiB. */
const resourcesFor = ({ limits, minPids }: Traits): Readonly<Record<string, string | number>> => ({
  memory: limits === 'cgroup' ? '384m' : '1g',
  pids: Math.max(256, minPids),
  disk: '32m',
});

async function startHeld(order: RungOrder, arena: Arena<User>, users: readonly User[]) {
  const { ip4, ownName } = await viewHost();
  const agent = `verify-${randomBytes(3).toString('hex')}`;
  const { dir, programDir } = arena.sides.agent;
  const manifestPath = join(dir, 'bot-bottle.yaml');
  const ports = users.map((user) => arena.sides[user].canary.port);
  const resources = resourcesFor(order.look.rung.traits);
  const lenderPorts = users.map((user) => arena.sides[user].lender.port);
  const address = ip4[0] ?? '127.0.0.1';
  await writeFile(
    manifestPath,
    arenaManifest({ agent, ports, lenderPorts, address, ownName, presets: [], resources }),
  );
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
  /** What was read back of this bottle. */
  readonly evidence: Readonly<Record<string, string>>;
}

const probesOf = (probes: readonly Probe[], user: User): readonly Probe[] =>
  probes.filter(({ users = USERS }) => users.includes(user));

// oxlint-disable-next-line typescript/require-await -- the other of the two ways waits
const rowsWithout = async ({ probes, user }: Attacked): Promise<ProbeRow[]> =>
  probesOf(probes, user).map((probe) =>
    notApplicable(probe, user, 'there is no root in a bottle of this rung (trait rootInside)'),
  );

async function attackAs(order: Attacked): Promise<ProbeRow[]> {
  const { probes, arena, record, host, user, progress } = order;
  progress(`attacking as ${user}`);
  const reasons = new Map(
    probesOf(probes, user).map((probe) => [probe, whyNot(probe, record.spec.rung, host)] as const),
  );
  const possible = [...reasons].flatMap(([probe, reason]) => (reason === undefined ? [probe] : []));
  const ids = possible.map(({ id }) => id);
  const side = arena.sides[user];
  const nonces = { attempts: nonceForEach(ids), controls: nonceForEach(ids) };
  const targets = { ...aimAt(nonces, host, side), limits: record.spec.resources };
  using meter = possible.some(isLimit) ? meterOf(order, nonces) : undefined;
  const run = await attack(record, user, targets);
  await sleep(SETTLE_MS);
  const decisions = await decisionsOf(record);
  const seen = { side, targets, loot: arena.loot, known: host.known, run, decisions, meter };
  return await Promise.all(
    [...reasons].map(async ([probe, reason]) =>
      reason === undefined ? await rowOf(probe, user, seen) : notApplicable(probe, user, reason),
    ),
  );
}

const meterOf = ({ record, evidence }: Attacked, { attempts, controls }: Nonces): Meter =>
  startMeter(record, evidence['networkNamespace'], [attempts, controls].flatMap(Object.values<string>));

/** Measures of files and programs that only a shared kernel shows, and only to root. */
const SHOWN_BY_THE_KERNEL = ['tmp', 'home', 'shm', 'priority'];

/** Why a probe means nothing here. */
function whyNot(
  { needs, limits, oracle, id }: Probe,
  { boundary, traits }: Rung,
  host: HostView,
): string | undefined {
  if (needs !== undefined && possibleProbes([{ needs }], host).length === 0)
    return `this host has nothing to try it on: ${needs}`;
  if (limits !== undefined && traits.limits !== limits)
    return `limits are enforced in another way here (trait limits: ${traits.limits})`;
  if (oracle.kind !== 'exceeds') return undefined;
  if (boundary !== 'shared-kernel' && SHOWN_BY_THE_KERNEL.includes(oracle.of))
    return `what is in a bottle of this boundary (${boundary}) cannot be seen from outside`;
  if (id === 'limit-processes' && traits.minPids > MOST_PROCESSES)
    return `this runtime needs ${traits.minPids} threads, and ends the whole bottle when it gets no more`;
  if (!isRoot() && oracle.of !== 'log') return 'only root sees from outside what a bottle has';
  return undefined;
}

/** What may be started on a host that others work on. */
const MOST_PROCESSES = 256;

interface SeenRun {
  readonly side: Arena<User>['sides'][User];
  readonly targets: Targets;
  readonly loot: Arena<User>['loot'];
  readonly known: HostView['known'];
  readonly run: AttackRun;
  readonly decisions: readonly AuditLine[];
  readonly meter: Meter | undefined;
}

async function rowOf(probe: Probe, user: User, { run, meter, ...rest }: SeenRun): Promise<ProbeRow> {
  const { said, words, complaint } = run;
  const scene = { ...rest, ...(meter === undefined ? {} : { meter }) };
  const { through, met } = controlOf(probe, { ...scene, words });
  // Its control came before it: what is taken too much of ends whoever takes it.
  const ended = isLimit(probe) && through !== undefined ? 'the program that made it was ended' : undefined;
  return judge({
    probe,
    user,
    successes: await successOf(probe, { ...scene, said }),
    met: metAt(probe, words) ?? ended,
    control: through,
    controlMet: met ?? (complaint === '' ? undefined : complaint),
  });
}

async function decisionsOf({ id }: BottleRecord): Promise<AuditLine[]> {
  const decisions: AuditLine[] = [];
  for await (const line of readDecisions(bottlePaths(id).auditPath)) decisions.push(line);
  return decisions;
}
