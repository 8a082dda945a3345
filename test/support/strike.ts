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

/** Starts that are struck down at a moment, and the places in which that happens. */

/** Who is killed: `owner` lets the user detach first, and is then whoever looks after the bottle. */
const VICTIMS = ['launcher', 'launcher', 'gateway', 'launcher and gateway', 'owner'] as const;

/** One start and its end, as chosen before anything runs. */
export interface Strike {
  readonly victim: (typeof VICTIMS)[number];
  /** Arguments for the network form. */
  readonly form: readonly string[];
  /** The rung is looked at first, as at the first start after a boot. */
  readonly looksAfresh: boolean;
  /** The delay counts from the launcher's first moment, or from the bottle's; a start may have to clean up first. */
  readonly from: 'launch' | 'bottle';
  readonly delayMs: number;
}

/** How long a start takes, undisturbed. */
export interface Span {
  readonly afreshMs: number;
  readonly usualMs: number;
}

/** Strikes spread over the whole time of a start, its agent's run included. Pure. */
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
  /** Up to what the agent does. */
  readonly startArgs: readonly string[];
}

/** What the agent does: leaves work behind, says so, goes on for a while. */
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
  /** What could be seen of the bottle while its agent was at work. */
  readonly seen: readonly string[];
  /** Its gateways' processes at that time: what a strike at a gateway would have hit. */
  readonly gateways: readonly number[];
}

/** A start that nobody disturbs. */
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
  /** Undefined: it came so early that there was no bottle yet. */
  readonly id: string | undefined;
  /** The agent had left work behind. */
  readonly hadWork: boolean;
  readonly code: number;
}

/** Begins a start, strikes, and waits until the launcher is no more. */
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
  /** The bottles that were there before. */
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
  // Too early for a gateway, or too late: then it is the launcher's turn after all.
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

/** Whoever is struck while it hands the bottle over leaves one who looks after it to its end, which is soon. */
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

/** The shell makes the file before there is anything in it. */
const isWritten = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** Its node, not the bubblewrap around it. */
const gatewaysOf = (id: string): number[] =>
  processesWith([id])
    .filter(({ text }) => /^\d+ \S*node .*gateway\.cjs/.test(text))
    .map(({ pid }) => pid);

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

const forgetProbes = (home: Home): void =>
  rmSync(join(home.dir, 'cache', 'bot-bottle', 'probes'), { recursive: true, force: true });
