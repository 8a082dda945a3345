import { BottleError, HAS_ENDED } from '../../errors.ts';
import type { BottleSpec, Driver, ImageSpec, Rung } from '../driver.ts';
import { containerUser } from './agent/agent-container.ts';
import { inspectContainer, killContainer } from './engine/containers.ts';
import { createDocker } from './engine/docker.ts';
import { unlessMissing } from '../engine/missing.ts';
import { isNotFound } from '../engine/errors.ts';
import { createPodman } from './engine/podman.ts';
import { execBeside } from './agent/exec.ts';
import type { LongWork } from '../image/long-run.ts';
import { imageNow } from '../image/now.ts';
import { ensureImages, type BottleImages } from './image/bottle-images.ts';
import { attachAgent } from './agent/launch.ts';
import { containerName, hostNames } from './names.ts';
import { planOf, prepareContainers } from './steps/steps.ts';
import { checkRung } from './check/check-rung.ts';
import type { Inspected } from './readback/readback.ts';
import { removeResources } from './remove/remove.ts';
import { emptyAsRoot } from './remove/remove-as-root.ts';
import { rungsOf, factsOfRuntime } from './rungs.ts';
import type { ContainerEngine } from '../../contracts/rungs.ts';
import { once } from '../once.ts';
import { addressOf, type Connection, type Engine } from './engine/engine.ts';

const ENGINES: Readonly<Record<ContainerEngine, () => Engine>> = {
  docker: createDocker,
  podman: createPodman,
};

/** The driver for bottles that run as containers of this engine. */
export function containerDriver(name: ContainerEngine): Driver {
  const engine = ENGINES[name]();
  const { connect, connectOnce, lookKey, forget } = connectionsOf(engine);
  const images = rememberImages();
  const find = async (rung: Rung, image: ImageSpec, work: LongWork) => {
    const connection = await connectOnce(rung, work.signal);
    return { connection, images: await images(connection, image, work) };
  };
  return {
    rungs: rungsOf(name),
    fileOwner: containerUser,
    hostNames,
    check: async (rung, look) => {
      forget();
      return await checkRung(engine, rung, look);
    },
    engineCommand: async (rung) => (await connect(rung)).cli,
    lookKey,
    greet: (rung) => {
      if (engine.isDaemon) connectOnce(rung, new AbortController().signal).catch(() => undefined);
    },
    plan: (spec, { [name]: version, runtimeKey }) => planOf({ engine: name, version, runtimeKey }, spec),
    prepareImage: async (rung, image, work) => (await find(rung, image, work)).images.agent.digest,
    // Images belong to the engine, whatever the runtime: one connection serves all of its rungs.
    findImage: async ({ address }, image, signal) =>
      await imageNow(unlessMissing(await engine.helper({ signal, address })), image, signal),
    prepare: async (spec, context) =>
      await prepareContainers(name, spec, {
        context,
        find: async () => await find(spec.rung, spec.image, context),
      }),
    exec: async (spec, request, io) =>
      await execBeside(await connect(spec.rung), { container: agentName(spec), request, io }),
    attach: async (spec, io) => {
      if (!(await isRunning(await connect(spec.rung), spec))) throw notRunning(spec);
      return await attachAgent(await connect(spec.rung), agentName(spec), io);
    },
    isRunning: async (spec) => await isRunning(await connect(spec.rung), spec),
    firstPid: async (spec) => (await agentState(await connect(spec.rung), spec))?.Pid || undefined,
    exitCodeOf: async (spec) => await exitCodeOf(await connect(spec.rung), spec),
    stop: async (spec, graceMs) => await stopAgent(await connect(spec.rung), agentName(spec), graceMs),
    bringOut: async () => undefined,
    remove: async (resources) => await removeResources(engine, resources),
    emptyAsRoot: async (hostPath, rung) =>
      await emptyAsRoot(unlessMissing(await engine.helper({ address: rung?.address })), hostPath),
  };
}

const agentName = (spec: BottleSpec): string => containerName(spec.id, 'agent');

const notRunning = (spec: BottleSpec): BottleError =>
  new BottleError('usage', `bottle ${spec.id} does not run`, { fix: HAS_ENDED });

const isRunning = async (connection: Connection, spec: BottleSpec): Promise<boolean> =>
  (await agentState(connection, spec))?.Running === true;

async function exitCodeOf(connection: Connection, spec: BottleSpec): Promise<number | undefined> {
  const state = await agentState(connection, spec);
  return state?.Running === false ? state.ExitCode : undefined;
}

/** Undefined if the container is gone. */
async function agentState(connection: Connection, spec: BottleSpec): Promise<Inspected['State']> {
  try {
    return (await inspectContainer(connection, agentName(spec))).State;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Sends SIGTERM, and SIGKILL after the grace period; the wait ends as soon as the agent does. */
async function stopAgent({ client }: Connection, name: string, graceMs: number): Promise<void> {
  await killContainer(client, name, 'SIGTERM');
  try {
    await client.call({ method: 'POST', path: `/containers/${name}/wait`, timeoutMs: graceMs });
  } catch {
    await killContainer(client, name, 'SIGKILL');
  }
}

/** Finds the images once per start, not once per caller, because a Dockerfile must be built. */
function rememberImages(): typeof ensureImages {
  const known = new Map<string, Promise<BottleImages>>();
  return async (connection, image, work) => {
    const key = JSON.stringify([connection.address, connection.runtimeKey, image]);
    return await once(known, key, async () => await ensureImages(connection, image, work));
  };
}

/** The connections for one engine's rungs. */
interface Connections {
  /** Asks the engine of the rung now. @throws BottleError `rungUnavailable` if it cannot be used */
  readonly connect: (rung: Rung, signal?: AbortSignal) => Promise<Connection>;
  /** Like `connect`, but asks only once for each rung and address until `forget`. */
  readonly connectOnce: (rung: Rung, signal: AbortSignal) => Promise<Connection>;
  /** As in `Driver`. */
  readonly lookKey: (rung: Rung) => Promise<string | undefined>;
  /** Makes the next `connectOnce` ask again. */
  readonly forget: () => void;
}

/** Returns functions that connect to an engine at the address of each rung. Does not connect by itself. */
function connectionsOf(engine: Engine): Connections {
  const known = new Map<string, Promise<Connection>>();
  const connect = async (rung: Rung, signal?: AbortSignal): Promise<Connection> => {
    const { runtime } = factsOfRuntime(rung.runtime);
    return unlessMissing(await engine.connect(runtime, { signal, address: rung.address }));
  };
  const connectOnce = async (rung: Rung, signal: AbortSignal): Promise<Connection> =>
    await once(known, keyOf(rung), async () => await connect(rung, signal));
  return {
    connect,
    connectOnce,
    lookKey: async (rung) => {
      if (engine.lookKeyUnasked !== undefined)
        return engine.lookKeyUnasked(factsOfRuntime(rung.runtime).runtime);
      try {
        const connecting = connectOnce(rung, new AbortController().signal);
        const connection = await connecting;
        // A start passes the address that was found here, so it can use the same connection.
        known.set(keyOf({ runtime: rung.runtime, ...addressOf(connection) }), connecting);
        return connection.lookKey;
      } catch {
        return undefined;
      }
    },
    forget: () => known.clear(),
  };
}

const keyOf = ({ runtime, address = '' }: Pick<Rung, 'runtime' | 'address'>): string =>
  `${runtime} ${address}`;
