import { dirname, join } from 'node:path';
import type { BottleRecord } from '../bottle/state/record.ts';
import { readReceipt, type Receipt } from '../bottle/state/receipt.ts';
import { bottlePaths } from '../bottle/state/store.ts';
import type { NetworkForm, RungCheck } from '../drivers/driver.ts';
import { driverOf } from '../drivers/index.ts';
import { BottleError, linesOf } from '../errors.ts';
import { together } from '../host/together.ts';
import { layOut, type Arena } from './arena/arena.ts';
import { openBeyond, type Beyond } from './arena/beyond/beyond.ts';
import { openCapture, type Capture } from './arena/listeners/capture.ts';
import { viewHost } from './arena/host-view.ts';
import { NO_AFTERMATH } from './after/aftermath.ts';
import { makeProject } from './after/project.ts';
import { goOn, letRootIn } from './after/stages.ts';
import { unseenOf, withSecondTime } from './judge/again.ts';
import {
  attackAs,
  isLimit,
  rowsNotMade,
  rowsOf,
  rowsWithout,
  type Attacked,
  type WatchedAttack,
} from './attack-as.ts';
import { judgeFloors } from './floors/judge.ts';
import { readFloors } from './floors/read.ts';
import { findProcess } from './processes/host-processes.ts';
import type { HeldBottle } from './inside/held-bottle.ts';
import { beginSibling, type SiblingOrder } from './inside/sibling.ts';
import { expectTools } from './inside/tools.ts';
import { summarise } from './judge/judge.ts';
import { USERS, type Probe, type User } from './probes/probe.ts';
import type { ProbeRow, RungReport } from './report.ts';
import { makeStart, type Start } from './start-held.ts';
import { grantFor } from './takeover/grants.ts';
import type { NamedBottle } from './takeover/named-bottle.ts';

/** Runs all probes on one rung: starts a bottle of it, attacks as each user that it has, and removes it. */

export interface RungOrder {
  readonly look: RungCheck;
  readonly networkForm: NetworkForm | undefined;
  readonly probes: readonly Probe[];
  /** A user's bottle, whose settings are attacked; undefined for verify's own. */
  readonly named: NamedBottle | undefined;
  /** Called when the first bottle has started, with everything that attacks need. */
  readonly begins: () => void;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The report and the receipt of an attacked bottle. */
export interface VerifiedRung {
  readonly report: RungReport;
  readonly receipt: Receipt;
}

/** Attacks a rung. @throws BottleError when the bottle does not start */
export async function verifyRung(order: RungOrder): Promise<VerifiedRung> {
  const startedAt = Date.now();
  const { rung, evidence } = order.look;
  const users = USERS.filter((user) => user === 'agent' || rung.traits.rootInside);
  const attacker = driverOf(rung).fileOwner(rung);
  await using capture = await openCapture();
  await using beyond = await openBeyond();
  await using arena = await layOut({ attacker, sides: users, programs: ['verify'], capture, beyond });
  const projectDir = arena.sides.agent.programDir;
  await makeProject(projectDir, users);
  const bridges = new Set<string>();
  const start = noted(
    capture,
    bridges,
    await makeStart({ ...order, rung, arena, host: await viewHost(beyond) }),
  );
  const floors = readFloors(order.look, order.signal);
  const attacked = { order, arena, users, bridges, start };
  const found = await attackAll({ ...attacked, projectDir });
  const { record, receipt } = found;
  const rows = withGrants(found.rows, order);
  const report = {
    runtime: rung.runtime,
    engine: rung.engine,
    boundary: rung.boundary,
    networkForm: record.spec.networkForm,
    evidence: { ...evidence, ...receipt.evidence, ...(await saidBy({ capture, beyond })) },
    floors: judgeFloors(await floors),
    probes: rows,
    summary: summarise(rows),
    durationMs: Date.now() - startedAt,
  };
  return { report, receipt };
}

/** Returns what the capture and the listeners beyond report, or why they did not run. */
const saidBy = async ({ capture, beyond }: { readonly capture: Capture; readonly beyond: Beyond }) => ({
  capture: (await capture.settle()).said,
  beyond: (await beyond.settle()).said,
});

interface Attacking {
  readonly order: RungOrder;
  readonly arena: Arena<User>;
  readonly users: readonly User[];
  /** The bridges of all started bottles. */
  readonly bridges: ReadonlySet<string>;
  readonly start: Start;
}

/** Adds to each breach the user's setting that made it possible. */
function withGrants(rows: readonly ProbeRow[], { probes, named }: RungOrder): ProbeRow[] {
  return rows.map((row) => {
    const probe = probes.find(({ id }) => id === row.id);
    if (named === undefined || probe === undefined || row.result !== 'breached') return row;
    const grant = grantFor(probe, named.given);
    return grant === undefined ? row : { ...row, grant };
  });
}

/** Returns what every user's attack on this bottle needs. */
async function against({ record, agentArgv }: HeldBottle, { order, arena, bridges }: Attacking) {
  const receipt = await readReceipt(bottlePaths(record.id).receiptPath);
  return {
    progress: order.progress,
    signal: order.signal,
    arena,
    record,
    // Read only now: the bottle may have added a bridge, with addresses of the host.
    host: await viewHost(arena.sides.agent.beyond, bridges),
    firstPid: findProcess(agentArgv),
    evidence: receipt.evidence,
    receipt,
  };
}

/** The rows of a bottle, its record and its receipt. */
interface FoundInBottle {
  readonly rows: readonly ProbeRow[];
  readonly record: BottleRecord;
  readonly receipt: Receipt;
}

/**
 * Wraps `start`. What an attacked bottle sends on its own network has not got out yet; the bridges of all bottles
 * belong to this rung.
 */
const noted =
  (capture: Capture, bridges: Set<string>, start: Start): Start =>
  async (wanted = {}) => {
    const bottle = await start(wanted);
    const { id, spec } = bottle.record;
    const names = driverOf(spec.rung).hostNames(id);
    if (names === undefined) return bottle;
    for (const bridge of [names.bridge, names.outerBridge]) bridges.add(bridge);
    if (wanted.program === undefined) capture.attacks(names.bridge);
    return bottle;
  };

/** Returns the order for a sibling bottle, if a probe needs one. */
function siblingOf({ order, arena, start }: Attacking): SiblingOrder | undefined {
  if (!order.probes.some(({ control }) => control === 'sibling')) return undefined;
  const dir = join(dirname(arena.sides.agent.dir), 'sibling');
  return { dir, word: arena.loot.sibling, hold: async (program) => await start({ program }) };
}

/**
 * Attacks with all probes. The later stages mostly wait, so the limits are tried during them, and never during other
 * attempts.
 */
async function attackAll(attacking: Attacking & { readonly projectDir: string }): Promise<FoundInBottle> {
  const { order, arena, users, start, projectDir } = attacking;
  const probes = order.probes.filter((probe) => !isLimit(probe));
  if (probes.length === 0) return await attackLimits(attacking);
  await using siblings = beginSibling(siblingOf(attacking));
  await using bottle = await start();
  const { signal, progress } = order;
  if (order.named !== undefined) {
    await expectTools({ record: bottle.record, image: order.named.image, users, signal });
  }
  const sibling = await siblings.ready();
  order.begins();
  const place = { ...(await against(bottle, attacking)), sibling };
  const { record, receipt } = place;
  if (users.includes('root')) await letRootIn(record, signal);
  const attacks: WatchedAttack[] = [];
  const second: ProbeRow[] = [];
  for (const user of users) {
    const made = await attackAs({ ...place, probes, user });
    attacks.push(made);
    second.push(...(await unseenAgain({ ...place, user }, made)));
  }
  const startNext = async (): Promise<HeldBottle> => await start({ after: record });
  const going = goOn({ probes, progress, signal, bottle, projectDir, attacks, startNext });
  const [after, limits] = await together([going, limitsBeside(attacking)]);
  const rows: ProbeRow[] = [];
  for (const made of attacks) rows.push(...(await rowsOf(made, arena.loot, after)));
  return {
    rows: [...withSecondTime(rows, second), ...rowsOfMissing(probes, users), ...limits],
    record,
    receipt,
  };
}

/**
 * Repeats the attempts whose process this host missed, and returns their rows; none if it missed none, or if that
 * fails.
 */
async function unseenAgain(place: Omit<Attacked, 'probes'>, made: WatchedAttack): Promise<ProbeRow[]> {
  const probes = unseenOf(made);
  if (probes.length === 0) return [];
  try {
    const again = await attackAs({ ...place, probes, sibling: undefined });
    return await rowsOf(again, place.arena.loot, NO_AFTERMATH);
  } catch (error) {
    place.signal.throwIfAborted();
    if (!(error instanceof BottleError)) throw error;
    return [];
  }
}

/**
 * Returns the rows of the limits; none, without a bottle, if no limit is to be tried. A failure of this bottle does not
 * discard the results of the other.
 */
async function limitsBeside(attacking: Attacking): Promise<readonly ProbeRow[]> {
  const { order, users } = attacking;
  const probes = order.probes.filter(isLimit);
  if (probes.length === 0) return [];
  try {
    return (await attackLimits(attacking)).rows;
  } catch (error) {
    order.signal.throwIfAborted();
    if (!(error instanceof BottleError)) throw error;
    const reason = `the bottle for it failed: ${linesOf(error).join('; ')}`;
    return [...rowsNotMade(probes, users, reason), ...rowsOfMissing(probes, users)];
  }
}

/**
 * Tries the limits in a separate bottle, as root first, because the agent's last attempt may end it.
 * @throws BottleError when it does not start
 */
async function attackLimits(attacking: Attacking): Promise<FoundInBottle> {
  const { order, arena, users, start } = attacking;
  const probes = order.probes.filter(isLimit);
  if (probes.length === 0) throw new Error('there is no probe to make');
  await using bottle = await start({ forLimits: true });
  order.begins();
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
