import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BottleRecord } from '../bottle/record.ts';
import { readReceipt, type Receipt } from '../bottle/receipt.ts';
import { bottlePaths } from '../bottle/store.ts';
import type { NetworkForm, Probe as Look, Traits } from '../drivers/driver.ts';
import { driverOf } from '../drivers/index.ts';
import { layOut, type Arena, type Side } from './arena/arena.ts';
import { openCapture } from './arena/capture.ts';
import { viewHost, type HostView } from './arena/host-view.ts';
import { arenaManifest } from './arena/manifest.ts';
import { NO_AFTERMATH } from './after/aftermath.ts';
import { makeProject } from './after/project.ts';
import { goOn, letRootIn } from './after/stages.ts';
import { attackAs, isLimit, rowsOf, rowsWithout, type Made } from './attack-as.ts';
import { judgeFloors } from './floors/judge.ts';
import { readFloors } from './floors/read.ts';
import { findProcess } from './host-processes.ts';
import { holdBottle, type HeldBottle } from './inside/held-bottle.ts';
import { beginSibling, type HeldProgram, type SiblingOrder } from './inside/sibling.ts';
import { summarise } from './judge.ts';
import { USERS, type Probe, type User } from './probes/probe.ts';
import { SIBLING_IDS } from './probes/ways/siblings.ts';
import type { ProbeRow, RungReport } from './report.ts';

/** All probes on one rung: a bottle of it is started, attacked by each user that it has, and removed. */

export interface RungOrder {
  readonly look: Look;
  readonly networkForm: NetworkForm | undefined;
  readonly probes: readonly Probe[];
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

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
  await using capture = await openCapture();
  await using arena = await layOut({ attacker, sides: users, programs: ['verify'], capture });
  const projectDir = arena.sides.agent.programDir;
  await makeProject(projectDir, users);
  const before = await viewHost();
  const hold = holderOf(order, arena, before);
  const start = async (): Promise<HeldBottle> => {
    order.progress('starting a bottle to attack');
    const bottle = await hold();
    capture.attacks(bottle.record.id);
    return bottle;
  };
  const asksForSibling = order.probes.some(({ id }) => SIBLING_IDS.includes(id));
  const siblingDir = join(dirname(arena.sides.agent.dir), 'sibling');
  const sibling = asksForSibling ? { dir: siblingDir, word: arena.loot.sibling, hold } : undefined;
  const floors = readFloors(order.look, order.signal);
  const attacked = { order, arena, users, start };
  const bottles = [
    await attackAll({ ...attacked, projectDir, sibling }),
    await attackLimits(attacked),
  ].filter((bottle) => bottle !== undefined);
  const [first] = bottles;
  if (first === undefined) throw new Error('there is no probe to make');
  const { record, receipt } = first;
  const rows = bottles.flatMap((bottle) => bottle.rows);
  const report = {
    runtime: rung.runtime,
    engine: rung.engine,
    boundary: rung.boundary,
    networkForm: record.spec.networkForm,
    evidence: { ...evidence, ...receipt.evidence, capture: await capture.settle() },
    floors: judgeFloors(await floors),
    probes: rows,
    summary: summarise(rows),
    durationMs: Date.now() - startedAt,
  };
  return { report, receipt };
}

interface Attacking {
  readonly order: RungOrder;
  readonly arena: Arena<User>;
  readonly users: readonly User[];
  readonly start: () => Promise<HeldBottle>;
}

/** What each user's attack on this bottle is made with. */
async function against({ record, agentArgv }: HeldBottle, { order, arena }: Attacking) {
  const receipt = await readReceipt(bottlePaths(record.id).receiptPath);
  return {
    progress: order.progress,
    signal: order.signal,
    arena,
    record,
    // Now, and not before: the bottle may have brought a bridge, with addresses of the host on it.
    host: await viewHost(),
    firstPid: findProcess(agentArgv),
    evidence: receipt.evidence,
    receipt,
  };
}

/** What was found in a bottle, and what it was made of. */
interface Found {
  readonly rows: readonly ProbeRow[];
  readonly record: BottleRecord;
  readonly receipt: Receipt;
}

interface AttackingAll extends Attacking {
  readonly projectDir: string;
  /** Where a probe asks for one. */
  readonly sibling: SiblingOrder | undefined;
}

/** All but the limits, and what comes after an attack: the bottle has ended then. Undefined, and no bottle, where there is none. */
async function attackAll(attacking: AttackingAll): Promise<Found | undefined> {
  const { order, arena, users, start, projectDir } = attacking;
  const probes = order.probes.filter((probe) => !isLimit(probe));
  if (probes.length === 0) return undefined;
  await using siblings = beginSibling(attacking.sibling);
  await using bottle = await start();
  const sibling = await siblings.ready();
  const place = { ...(await against(bottle, attacking)), sibling };
  const { record, receipt, progress, signal } = place;
  if (users.includes('root')) await letRootIn(record, signal);
  const attacks: Made[] = [];
  for (const user of users) attacks.push(await attackAs({ ...place, probes, user }));
  const after = await goOn({ probes, progress, signal, bottle, projectDir, attacks, startNext: start });
  const rows: ProbeRow[] = [];
  for (const made of attacks) rows.push(...(await rowsOf(made, arena.loot, after)));
  return { rows: [...rows, ...rowsOfMissing(probes, users)], record, receipt };
}

/** In a bottle of their own, root's first: what the agent is given to do last may end it. */
async function attackLimits(attacking: Attacking): Promise<Found | undefined> {
  const { order, arena, users, start } = attacking;
  const probes = order.probes.filter(isLimit);
  if (probes.length === 0) return undefined;
  await using bottle = await start();
  const place = await against(bottle, attacking);
  const rows: ProbeRow[] = [];
  for (const user of users.toReversed()) {
    const made = await attackAs({ ...place, probes, user });
    rows.push(...(await rowsOf(made, arena.loot, NO_AFTERMATH)));
  }
  const { record, receipt } = place;
  return { rows: [...rows, ...rowsOfMissing(probes, users)], record, receipt };
}

const rowsOfMissing = (probes: readonly Probe[], users: readonly User[]): ProbeRow[] =>
  USERS.filter((user) => !users.includes(user)).flatMap((user) => rowsWithout(probes, user));

/** Small, so that little has to be taken to have too much; a Node that has no control group around it reserves half a GiB. */
const resourcesFor = ({ limits, minPids }: Traits): Readonly<Record<string, string | number>> => ({
  memory: limits === 'cgroup' ? '384m' : '1g',
  pids: Math.max(256, minPids),
  disk: '32m',
});

/** Starts bottles of this rung: one to be attacked, or what is said. */
const holderOf =
  (order: RungOrder, arena: Arena<User>, host: HostView) =>
  async (what?: HeldProgram): Promise<HeldBottle> => {
    const { dir: manifestDir, programDir: projectDir } = arena.sides.agent;
    return await startHeld(order, arena, { host, what: { manifestDir, projectDir, ...what } });
  };

interface Held {
  readonly host: HostView;
  readonly what: Pick<HeldProgram, 'manifestDir' | 'projectDir'> & Partial<HeldProgram>;
}

async function startHeld(order: RungOrder, arena: Arena<User>, held: Held): Promise<HeldBottle> {
  const { manifestDir, ...program } = held.what;
  const { ip4, ownName } = held.host;
  const agent = `verify-${randomBytes(3).toString('hex')}`;
  const manifestPath = join(manifestDir, 'bot-bottle.yaml');
  const sides = Object.values<Side>(arena.sides);
  const manifest = arenaManifest({
    agent,
    ports: sides.map(({ canary }) => canary.port),
    lenderPorts: sides.map(({ lender }) => lender.port),
    collectors: sides.map(({ collector }) => collector),
    address: ip4[0] ?? '127.0.0.1',
    ownName,
    presets: [],
    resources: resourcesFor(order.look.rung.traits),
  });
  await writeFile(manifestPath, manifest);
  return await holdBottle({
    agent,
    manifestPath,
    ...program,
    rung: order.look.rung,
    networkForm: order.networkForm,
    ...arena.launcher,
    progress: order.progress,
    signal: order.signal,
  });
}
