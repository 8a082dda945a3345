import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Home } from './home.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { KEYS } from './terminal.ts';
import { processesWith } from './traces.ts';
import type { Watch } from './watch.ts';

/** Starts that are killed at some moment, and the places for them. */

/** The process to kill. `owner`: the user detaches first, and then the bottle's present owner is killed. */
const VICTIMS = ['launcher', 'launcher', 'gateway', 'launcher and gateway', 'owner'] as const;

/** One start and its strike, as chosen before anything runs. */
export interface Strike {
  readonly victim: (typeof VICTIMS)[number];
  /** Arguments for the network form. */
  readonly form: readonly string[];
  /** The start checks the rung first, as at the first start after a boot. */
  readonly looksAfresh: boolean;
  /** Whether the delay counts from the launcher's start or the bottle's; a start may have to clean up first. */
  readonly from: 'launch' | 'bottle';
  readonly delayMs: number;
}

/** Duration of an undisturbed start. */
export interface Span {
  readonly afreshMs: number;
  readonly usualMs: number;
}

/** Chooses strikes spread over the whole time of a start, including its agent's run. Pure. */
export function chooseStrikes(count: number, random: () => number, options: StrikeOptions): Strike[] {
  return Array.from({ length: count }, () => {
    const looksAfresh = random() < 0.2;
    const form = random() < options.bridgeShare ? ['--network-form', 'bridge'] : [];
    const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'launcher';
    const from = random() < 0.5 ? 'launch' : 'bottle';
    const whole = looksAfresh && from === 'launch' ? options.span.afreshMs : options.span.usualMs;
    return { victim, form, looksAfresh, from, delayMs: random() * (victim === 'owner' ? AGENT_MS : whole) };
  });
}

interface StrikeOptions {
  readonly span: Span;
  readonly bridgeShare: number;
}

/** A rung with a project to work on. */
export interface Place {
  readonly home: Home;
  readonly watch: Watch;
  /** The arguments up to the agent's command. */
  readonly startArgs: readonly string[];
}

/** The agent leaves work behind, prints a word, and runs on for a while. */
const AGENT_MS = 700;
export const MADE = 'made-by-the-agent.txt';
const AGENT = [
  '--',
  'sh',
  '-c',
  `printf %s "$TOKEN" | wc -c > ${MADE}; echo begun; sleep ${AGENT_MS / 1000}`,
];

export interface Peaceful extends Outcome {
  readonly tookMs: number;
  /** The traces of the bottle while its agent ran. */
  readonly seen: readonly string[];
  /** The processes of its gateways at that time, which a strike at a gateway would have hit. */
  readonly gateways: readonly number[];
}

/** Starts a bottle without a strike. */
export async function startInPeace(place: Place, looksAfresh: boolean): Promise<Peaceful> {
  if (looksAfresh) forgetProbes(place.home);
  const known = new Set(place.watch.ids);
  const began = performance.now();
  const launcher = begin(place, []);
  const atWork = once(launcher.stdout ?? launcher, 'data').then(async () => {
    const { id } = sinceThen(place, known);
    return { gateways: id === undefined ? [] : gatewaysOf(id), seen: await place.watch.remains() };
  });
  const outcome = await outcomeOf(launcher);
  return { ...outcome, tookMs: performance.now() - began, ...(await atWork) };
}

export interface Struck {
  /** Undefined if the strike came before there was a bottle. */
  readonly id: string | undefined;
  /** Whether the agent had left work behind. */
  readonly hadWork: boolean;
  readonly code: number;
}

/** Begins a start, strikes, and waits until the launcher has ended. */
export async function strike(place: Place, blow: Strike): Promise<Struck> {
  if (blow.looksAfresh) forgetProbes(place.home);
  return blow.victim === 'owner' ? await strikeOwner(place, blow) : await strikeStart(place, blow);
}

/** Begins a start, and sends the launcher a signal. */
export async function interrupt(place: Place, blow: Strike, signal: NodeJS.Signals): Promise<Struck> {
  if (blow.looksAfresh) forgetProbes(place.home);
  const known = new Set(place.watch.ids);
  const launcher = begin(place, blow.form);
  const ended = outcomeOf(launcher);
  await moment(place, blow, { known, launcher, ended });
  launcher.kill(signal);
  const { code } = await ended;
  return { ...sinceThen(place, known), code };
}

const begin = ({ home, startArgs }: Place, form: readonly string[]) =>
  home.spawn([...startArgs, ...form, ...AGENT]);

interface Begun {
  /** The bottles that existed before. */
  readonly known: ReadonlySet<string>;
  readonly launcher: ChildProcess;
  readonly ended: Promise<unknown>;
}

/** Waits for the moment of the strike, or for the launcher's end. */
async function moment(place: Place, { from, delayMs }: Strike, begun: Begun): Promise<void> {
  if (from === 'bottle') {
    const hasEnded = (): boolean => begun.launcher.exitCode !== null || begun.launcher.signalCode !== null;
    while (!hasEnded() && sinceThen(place, begun.known).id === undefined) await sleep(2);
  }
  await Promise.race([sleep(delayMs), begun.ended]);
}

async function strikeStart(place: Place, blow: Strike): Promise<Struck> {
  const { victim, form } = blow;
  const known = new Set(place.watch.ids);
  const launcher = begin(place, form);
  const ended = outcomeOf(launcher);
  await moment(place, blow, { known, launcher, ended });
  const { id } = sinceThen(place, known);
  if (id !== undefined) place.watch.look(id);
  const gateway = id === undefined || victim === 'launcher' ? [] : gatewaysOf(id);
  // Without a gateway, too early or too late, the strike hits the launcher.
  if (victim !== 'gateway' || gateway.length === 0) launcher.kill('SIGKILL');
  gateway.forEach(kill);
  const { code } = await ended;
  return { ...sinceThen(place, known), code };
}

async function strikeOwner(place: Place, { form, delayMs }: Strike): Promise<Struck> {
  const known = new Set(place.watch.ids);
  const terminal = place.home.terminal([...place.startArgs, ...form, ...AGENT]);
  await terminal.shows(/begun/);
  terminal.type(KEYS.detach);
  await sleep(delayMs);
  const { id } = sinceThen(place, known);
  if (id === undefined) throw new Error('a bottle without a folder');
  place.watch.look(id);
  kill(place.home.record(id).owner.pid);
  const code = await terminal.ended();
  await keeperEnded(id);
  return { ...sinceThen(place, known), code };
}

const KEEPER_DEADLINE_MS = 20_000;

/** An owner that is struck during the handover leaves a keeper, which runs until the bottle's end, soon after. */
async function keeperEnded(id: string): Promise<void> {
  const until = Date.now() + KEEPER_DEADLINE_MS;
  while (processesWith([id]).some(({ text }) => text.includes(` keep ${id} `))) {
    if (Date.now() > until) throw new Error(`the keeper of ${id} does not end`);
    await sleep(50);
  }
}

function sinceThen({ watch, home }: Place, known: ReadonlySet<string>): Omit<Struck, 'code'> {
  const id = [...watch.ids].find((each) => !known.has(each));
  return { id, hadWork: id !== undefined && isWritten(join(home.bottlesDir, id, 'work', MADE)) };
}

/** The shell creates the file before it writes to it. */
const isWritten = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** The node process, not the bubblewrap around it. */
const gatewaysOf = (id: string): number[] =>
  processesWith([id])
    .filter(({ text }) => /^\d+ \S*node .*gateway\.cjs/.test(text))
    .map(({ pid }) => pid);

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has already ended
  }
}

const forgetProbes = (home: Home): void =>
  rmSync(join(home.dir, 'cache', 'bot-bottle', 'probes'), { recursive: true, force: true });
