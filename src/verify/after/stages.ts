import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runBeside } from '../../bottle/session/beside.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { reasonOf } from '../../errors.ts';
import type { Side } from '../arena/arena.ts';
import type { Targets } from '../arena/targets.ts';
import { attack, type AttackOrder, type AttackRun, type AgentMessage } from '../inside/attack.ts';
import { type HeldBottle, removeHeld, decisionsOf } from '../inside/held-bottle.ts';
import { idsMade, stageOf, type Probe, type User } from '../probes/probe.ts';
import { NO_AFTERMATH, type Aftermath } from './aftermath.ts';
import { allArguments, killGateway, leftOf } from './end.ts';
import { confirmedBy, idsGranted, proxyOf } from './formerly.ts';
import { findAll } from './found.ts';
import { everyday, everydayOf } from './plain-git.ts';
import { cornerOf, guestCorner } from './project.ts';
import { writeSignalFile, writeSignalFileInside } from './signal-file.ts';
import { applyWithoutConsent, useWhileHeld } from './verbs.ts';

/** The stages after the attack: our verbs use what it left, its bottle ends, and another bottle starts and ends. */

/** The attack of one user: its targets and its results, to which later attempts add. */
export interface UserAttack {
  readonly user: User;
  readonly side: Side;
  readonly targets: Targets;
  run: AttackRun;
}

export interface AfterOrder {
  readonly probes: readonly Probe[];
  readonly bottle: HeldBottle;
  readonly projectDir: string;
  readonly attacks: readonly UserAttack[];
  /** Starts another bottle with the same plan and name. */
  readonly startNext: () => Promise<HeldBottle>;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

const without = <Value>(record: Readonly<Record<string, Value>>, ids: readonly string[]) =>
  Object.fromEntries(Object.entries(record).filter(([id]) => !ids.includes(id)));
const only = <Value>(record: Readonly<Record<string, Value>>, ids: readonly string[]) =>
  Object.fromEntries(Object.entries(record).filter(([id]) => ids.includes(id)));

/** Root in a bottle has no right over the agent's files, so the agent grants it access to root's corner. */
export async function letRootIn(record: BottleRecord, signal: AbortSignal): Promise<void> {
  const argv = ['chmod', '-R', 'a+rwX', guestCorner('root')];
  await runBeside(record, { argv, asRoot: false, input: '', deadlineMs: HEARD_MS * 10, signal });
}

/** Returns the targets of the attack itself, without later stages. Controls for the sibling bottle are made there. */
export function forAttack(targets: Targets, probes: readonly Probe[]): Targets {
  const inNext = idsMade(probes, 'inNext', 'launcherKilled');
  const beside = probes.filter(({ control }) => control === 'sibling').map(({ id }) => id);
  return {
    ...targets,
    attempts: without(targets.attempts, [...idsMade(probes, 'gatewayKilled'), ...inNext]),
    controls: without(targets.controls, [...inNext, ...beside]),
  };
}

/** Runs the later stages that the probes need; the bottle has ended afterwards, if there are any. */
export async function goOn(order: AfterOrder): Promise<Aftermath> {
  const stages = new Set(order.probes.map(stageOf));
  if (!stages.has('verbs') && !stages.has('end')) return NO_AFTERMATH;
  const { record } = order.bottle;
  const isMounted = record.workspace.mode === 'mount';
  const isShown = order.probes.some(({ oracle }) => oracle.kind === 'verbs' && oracle.sees === 'shown');
  const asksFormer = idsGranted(order.probes).length > 0;
  const formerProxy = asksFormer ? await proxyOf(record, order.signal) : undefined;
  order.progress('bot-bottle’s commands on the leftovers');
  const held = stages.has('verbs') ? await useWhileHeld(record, isShown) : { diff: '', screen: '' };
  await withoutGateway(order);
  await order.bottle.letEnd();
  const bringsBack = stages.has('verbs') && !isMounted;
  const applyFailure = bringsBack ? await applyWithoutConsent(record) : undefined;
  // Skips mounted projects: the image's programs had direct access to that repository.
  if (bringsBack) await aDayOfGit(order);
  const seen = { ...held, isMounted, applyFailure, project: findAll(order.projectDir) };
  if (!stages.has('end')) return { ...NO_AFTERMATH, ...seen };
  const left = await leftBy(record);
  const next = await nextBottle(order, formerProxy);
  return { ...seen, ...next, left: [...left, ...next.left], running: allArguments() };
}

async function aDayOfGit({ projectDir, attacks }: AfterOrder): Promise<void> {
  await everyday(projectDir);
  for (const { user, targets } of attacks) {
    for (const id of Object.keys(targets.attempts)) await everydayOf(id, join(projectDir, cornerOf(user)));
  }
}

/** Makes more attempts, and adds their messages to those of a user's attack. */
async function attackAgain(
  { record, signal }: Pick<AttackOrder, 'record' | 'signal'>,
  made: UserAttack,
  more: Partial<Targets>,
): Promise<void> {
  const targets = { ...made.targets, ...more };
  const { words, said } = await attack({ record, user: made.user, targets, signal });
  made.run = { ...made.run, words: [...made.run.words, ...words], said: made.run.said + said };
}

async function withoutGateway({ probes, bottle, attacks, progress, signal }: AfterOrder): Promise<void> {
  const ids = idsMade(probes, 'gatewayKilled');
  if (ids.length === 0) return;
  progress('attacking without a gateway');
  if (!(await killGateway(bottle.record))) return;
  for (const made of attacks) {
    const attempts = only(made.targets.attempts, ids);
    await attackAgain({ record: bottle.record, signal }, made, { attempts, controls: {} });
  }
}

/**
 * Tests the next bottle: whether it finds anything, what its gateway allows, and what remains after its launcher is
 * killed.
 */
async function nextBottle(
  order: AfterOrder,
  formerProxy: string | undefined,
): Promise<Pick<Aftermath, 'left' | 'nextDecisions'>> {
  await using next = await order.startNext();
  const { record } = next;
  const { probes, signal } = order;
  const [inTwoParts, inNext] = [idsMade(probes, 'inTwoParts'), idsMade(probes, 'inNext', 'launcherKilled')];
  const former = formerProxy === undefined ? {} : { formerProxy };
  if (order.attacks.length > 1) await letRootIn(record, signal);
  for (const made of order.attacks) {
    const attempts = only(made.targets.attempts, [...leftIn(made.run.words, inTwoParts), ...inNext]);
    const controls = only(made.targets.controls, inNext);
    made.run = { ...made.run, words: withoutLeft(made.run.words, inTwoParts) };
    await attackAgain({ record, signal }, made, { attempts, controls, isNext: true, ...former });
  }
  const nextDecisions = await decisionsOf(record);
  for (const made of order.attacks) {
    const asked = only(made.targets.attempts, idsGranted(probes));
    const words = confirmedBy(nextDecisions, made.run.words, asked);
    made.run = { ...made.run, words };
  }
  order.progress('its launcher is killed');
  await tellAll(record, order, 'controls');
  await next.killLauncher();
  await sleep(GATEWAY_ENDS_MS);
  await tellAll(record, order, 'attempts');
  return { left: await leftBy(record), nextDecisions };
}

/** Removes a bottle, as `bot-bottle rm --force` does, and returns what is left of it. */
async function leftBy(record: BottleRecord): Promise<string[]> {
  const failure = await removeHeld(record.id).then(
    () => [],
    (error: unknown) => [`rm failed: ${reasonOf(error).slice(0, MOST_SAID)}`],
  );
  return [...failure, ...(await leftOf(record))];
}

/** Longest error text in the report, in characters: a path can be very long. */
const MOST_SAID = 200;

/** The program in the bottle polls for this file every 100 ms; this is how long to wait for it to send the nonce. */
const HEARD_MS = 1_000;
/** A gateway detects its launcher's end by a closed connection, which can take a moment on a busy host. */
const GATEWAY_ENDS_MS = 1_000;

async function tellAll(
  record: BottleRecord,
  { probes, attacks, signal }: AfterOrder,
  kind: 'attempts' | 'controls',
): Promise<void> {
  const ids = idsMade(probes, 'launcherKilled');
  const nonces = attacks.flatMap(({ targets }) => Object.values(only(targets[kind], ids)));
  if (nonces.length === 0 || record.workspace.mode === 'none') return;
  for (const nonce of nonces) await tellOne(record, nonce, signal);
  await sleep(HEARD_MS);
}

async function tellOne(record: BottleRecord, nonce: string, signal: AbortSignal): Promise<void> {
  const { workspace, spec } = record;
  if (workspace.mode === 'none') return;
  if (!spec.rung.traits.sharesFiles) await writeSignalFileInside(record, nonce, signal);
  else writeSignalFile(workspace.mode === 'copy' ? workspace.workPath : workspace.projectPath, nonce);
}

/**
 * Returns the ids of the probes that left something in the first bottle. `ids`: attempts in two parts; the second part,
 * in the next bottle, reports the result. Pure.
 */
export const leftIn = (words: readonly AgentMessage[], ids: readonly string[]): readonly string[] =>
  words.flatMap((word) => (word.kind === 'attempt' && ids.includes(word.attempt) ? [word.attempt] : []));

/**
 * Returns the first bottle's messages without the attempts in `ids`: having left something is not yet an attempt to
 * find it. Pure.
 */
export const withoutLeft = (
  words: readonly AgentMessage[],
  ids: readonly string[],
): readonly AgentMessage[] => words.filter((word) => word.kind !== 'attempt' || !ids.includes(word.attempt));
