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
import { needsSession, SESSION_VARIABLES } from './takeover/session.ts';
import { stageBottle } from './takeover/stage.ts';

/** Bottles to attack, all of one manifest but for how much they may have: verify's own, or one with a user's settings. */

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
  /** With little, so that little has to be taken to have too much. */
  readonly forLimits?: boolean;
  /** It takes the name of this one, which has been removed, and is not allowed what only that one was. */
  readonly after?: Pick<BottleRecord, 'agent'>;
  /** In place of one that waits. */
  readonly program?: HeldProgram;
}

/** Starts one. */
export type Start = (wanted?: Wanted) => Promise<HeldBottle>;

/** Makes ready what is started. @throws BottleError as a start, where something that a user's manifest names is not there */
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
    // A user's own may have a secret in env: it is there for no longer than a start reads it.
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

/** Where secrets of the user's come from programs of the session, the ways to these stay the user's. */
function launcherEnvironment({ arena, named }: StartOrder): Readonly<Record<string, string>> {
  const { env } = arena.launcher;
  if (named === undefined || !needsSession(named.input)) return env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SESSION_VARIABLES.includes(name)));
}

/**
 * What each bottle is to work on. The one for limits runs beside the others, and has a project that nothing is applied to
 * meanwhile. Mounted, a project is left as the attack left it, with what no start would mount: each bottle has one of its own.
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

/** A project is the user's whose agent works in it. */
async function giveProject(projectDir: string, { uid, gid }: Owner): Promise<void> {
  if (isRoot()) await runOrThrow('chown', ['-hR', `${uid}:${gid}`, projectDir]);
}
