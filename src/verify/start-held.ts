import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BottleRecord } from '../bottle/state/record.ts';
import type { NetworkForm, Owner, Rung } from '../drivers/driver.ts';
import { driverOf } from '../drivers/index.ts';
import { runOrThrow } from '../host/run.ts';
import { isRoot } from '../host/user.ts';
import type { ResolvedResources } from '../manifest/resolve.ts';
import type { Arena, Side } from './arena/arena.ts';
import type { HostView } from './arena/host-view.ts';
import { arenaManifest } from './arena/manifest.ts';
import { holdBottle, type HeldBottle } from './inside/held-bottle.ts';
import type { HeldProgram } from './inside/sibling.ts';
import type { User } from './probes/probe.ts';
import type { NamedBottle } from './takeover/named-bottle.ts';
import { asWritten, enough, small } from './takeover/resources.ts';
import { stageBottle, needsSession, SESSION_VARIABLES } from './takeover/stage.ts';

/**
 * Starts bottles to attack, all from one manifest except for their resources: verify's own, or one with a user's
 * settings.
 */

export interface StartOrder {
  readonly rung: Rung;
  readonly networkForm: NetworkForm | undefined;
  readonly named: NamedBottle | undefined;
  readonly arena: Arena<User>;
  readonly host: HostView;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Wanted {
  /** Small limits, so that exceeding them takes little. */
  readonly forLimits?: boolean;
  /** Takes the name of this removed bottle, without the grants that only that one had. */
  readonly after?: Pick<BottleRecord, 'agent'>;
  /** Runs this program instead of the one that waits. */
  readonly program?: HeldProgram;
}

/** Starts a bottle. */
export type Start = (wanted?: Wanted) => Promise<HeldBottle>;

/**
 * Prepares a function that starts bottles. @throws BottleError as a start, when something that a user's manifest names
 * is missing
 */
export async function makeStart(order: StartOrder): Promise<Start> {
  const { rung, named, arena, progress, signal } = order;
  const { dir } = arena.sides.agent;
  const input = named === undefined ? undefined : await stageBottle(named, { rung, dir, progress, signal });
  const launcher = { ...arena.launcher, env: launcherEnvironment(order) };
  const nextProject = await projects(order);
  const isMounted = named?.input.workspace === 'mount';
  return async ({ forLimits = false, after, program } = {}) => {
    const agent = after?.agent ?? `verify-${randomBytes(3).toString('hex')}`;
    const manifestPath = join(dir, `${agent}.yaml`);
    const resources = asWritten(resourcesFor(order, forLimits));
    const isNext = after !== undefined;
    const manifest = arenaManifest({ ...placesOf(order), agent, resources, isNext, named: input });
    progress(program === undefined ? 'starting a bottle to attack' : 'starting a bottle beside');
    const { networkForm } = order;
    if (program !== undefined && isMounted)
      await giveProject(program.projectDir, driverOf(rung).fileOwner(rung));
    const place = program ?? { projectDir: await nextProject(forLimits) };
    const held = { agent, manifestPath, ...place, rung, networkForm, ...launcher, progress, signal };
    // A user's bottle may have a secret in env, so the manifest exists only while a start reads it.
    try {
      await writeFile(manifestPath, manifest, { mode: 0o600 });
      return await holdBottle(held);
    } finally {
      await rm(manifestPath, { force: true });
    }
  };
}

function placesOf({ arena, host: { ip4, beyond, ownName } }: StartOrder) {
  const sides = Object.values<Side>(arena.sides);
  return {
    ports: sides.map(({ canary }) => canary.port),
    lenderPorts: sides.map(({ lender }) => lender.port),
    collectors: sides.map(({ collector }) => collector),
    address: ip4[0] ?? '127.0.0.1',
    beyond: beyond.at?.ip4,
    ownName,
    presets: [],
  };
}

const resourcesFor = ({ rung: { traits }, named }: StartOrder, forLimits: boolean): ResolvedResources =>
  named === undefined || forLimits ? small(traits, named?.resources) : enough(named.resources, traits.limits);

/** If the user's secrets come from programs of the session, keeps the user's own session variables. */
function launcherEnvironment({ arena, named }: StartOrder): Readonly<Record<string, string>> {
  const { env } = arena.launcher;
  if (named === undefined || !needsSession(named.input)) return env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SESSION_VARIABLES.includes(name)));
}

/**
 * Returns a function that provides the project of each bottle. The bottle for limits runs beside the others, so its
 * project is one that nothing is applied to. A mounted project is left as the attack left it, and no start would mount
 * that, so each bottle gets a separate copy.
 */
async function projects({
  named,
  arena,
  rung,
}: StartOrder): Promise<(forLimits: boolean) => Promise<string>> {
  const { dir, programDir } = arena.sides.agent;
  const isMounted = named?.input.workspace === 'mount';
  if (isMounted) await giveProject(programDir, driverOf(rung).fileOwner(rung));
  const untouched = join(dir, 'untouched');
  await copyAll(programDir, untouched);
  let attacked = 0;
  return async (forLimits) => {
    if (!isMounted) return forLimits ? untouched : programDir;
    if (!forLimits && ++attacked === 1) return programDir;
    const path = join(dir, forLimits ? 'project-for-limits' : `project-${attacked}`);
    await copyAll(untouched, path);
    return path;
  };
}

const copyAll = async (from: string, to: string): Promise<unknown> =>
  await runOrThrow('cp', ['-a', from, to]);

/** Gives a project to the user whose agent works in it. */
async function giveProject(projectDir: string, { uid, gid }: Owner): Promise<void> {
  if (isRoot()) await runOrThrow('chown', ['-hR', `${uid}:${gid}`, projectDir]);
}
