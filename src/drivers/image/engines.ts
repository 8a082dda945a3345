import { BottleError, reasonOf } from '../../errors.ts';
import { findProgram } from '../../host/system/programs.ts';
import { createEngineClient, type EngineClient } from '../engine/client.ts';
import { DOCKER_API, findDockerSocket, unreachable } from '../engine/docker-socket.ts';
import { isMissing, type Missing } from '../engine/missing.ts';
import { installCommand } from '../engine/packages.ts';
import { startPodmanService } from '../engine/podman-service.ts';
import { findImage } from './find.ts';
import type { ImageEngine } from './image-engine.ts';

/** The engines of this host as makers of images, whatever they can run. */

export interface NamedEngine extends ImageEngine {
  readonly name: 'docker' | 'podman';
  /** The path of its socket; undefined if the engine has no socket to choose. */
  readonly address?: string;
}

interface LookOptions {
  readonly signal: AbortSignal;
  /** Undefined: the engine that the environment names. */
  readonly address?: string | undefined;
}

const LOOK_TIMEOUT_MS = 5_000;

/**
 * The engines that answer, the default one first.
 * @throws BottleError `dependencyMissing` if none does; the signal's reason
 */
export async function imageEngines(signal: AbortSignal): Promise<readonly NamedEngine[]> {
  const found = await Promise.all([docker({ signal }), podman({ signal })]);
  const usable = found.filter((engine): engine is NamedEngine => !isMissing(engine));
  if (usable.length > 0) return usable;
  const missing = found.filter(isMissing);
  throw new BottleError(
    'dependencyMissing',
    'no container engine answers, and only one can make this image',
    {
      details: missing.map(({ reason }) => reason),
      fix: `${missing.map(({ fix }) => fix).join('; or ')}; or leave out \`image:\``,
    },
  );
}

/** The default engine, if nothing requires another. Pure. */
export function usualOf(engines: readonly NamedEngine[]): NamedEngine {
  const [usual] = engines;
  if (usual === undefined) throw new Error('no engine answers, and none said why');
  return usual;
}

/** The engine with this name. @throws BottleError `dependencyMissing` if it does not answer; the signal's reason */
export async function imageEngine(name: NamedEngine['name'], options: LookOptions): Promise<NamedEngine> {
  const found = await { docker, podman }[name](options);
  if (!isMissing(found)) return found;
  throw new BottleError('dependencyMissing', found.reason, { fix: found.fix });
}

/** The first engine that has this image; undefined if none does. @throws EngineError; the signal's reason */
export async function engineWith(
  engines: readonly NamedEngine[],
  reference: string,
  signal: AbortSignal,
): Promise<NamedEngine | undefined> {
  const has = await Promise.all(
    engines.map(async (engine) => (await findImage(engine, reference, signal)) !== undefined),
  );
  return engines.find((_engine, index) => has[index]);
}

async function docker({ signal, address }: LookOptions): Promise<NamedEngine | Missing> {
  const socketPath = address ?? (await findDockerSocket());
  if (typeof socketPath !== 'string') return socketPath;
  if (findProgram('docker') === undefined)
    return { status: 'absent', reason: 'the program `docker` is missing', fix: installCommand('docker') };
  const client = createEngineClient({ socketPath, prefix: DOCKER_API });
  try {
    await client.call({ method: 'GET', path: '/version', timeoutMs: LOOK_TIMEOUT_MS, signal });
    return { name: 'docker', client, address: socketPath, cli: ['docker', '--host', `unix://${socketPath}`] };
  } catch (error) {
    signal.throwIfAborted();
    return unreachable(error);
  }
}

/** One service handles all requests of this process. */
let service: Promise<EngineClient> | undefined;

async function podman({ signal }: LookOptions): Promise<NamedEngine | Missing> {
  if (findProgram('podman') === undefined)
    return { status: 'absent', reason: 'Podman is not installed', fix: installCommand('podman') };
  try {
    // Nothing runs on it, so it needs neither a runtime nor an init program.
    service ??= startPodmanService({ flags: [], initPath: '', signal });
    return { name: 'podman', client: await service, cli: ['podman'] };
  } catch (error) {
    service = undefined;
    signal.throwIfAborted();
    return {
      status: 'installed',
      reason: `podman does not start: ${reasonOf(error)}`,
      fix: 'see its output: podman info',
    };
  }
}
