import { findProgram } from '../../../host/system/programs.ts';
import { run, type RunResult } from '../../../host/run.ts';
import type { Missing } from '../missing.ts';
import { recogniseHost, refusalOf } from './recognise.ts';
import { podmanInfo, readHere, type Here, type PodmanSays } from './engine-info.ts';

const LOOK_TIMEOUT_MS = 5_000;

/**
 * Whether `podman` is but the client of a service elsewhere, as on macOS and Windows: a service of our own cannot be had of
 * it. Undefined where it is not, or is not there. Takes some 100 ms, so it is asked where something is amiss.
 */
export async function podmanIsElsewhere(): Promise<Missing | undefined> {
  if (findProgram('podman') === undefined) return undefined;
  const said = await run('podman', ['info', '--format', 'json'], { timeoutMs: LOOK_TIMEOUT_MS });
  return clientRefusal(said, readHere());
}

/** The same, by what `podman info --format json` said. Pure. */
export function clientRefusal(
  { exitCode, stdout, stderr }: Pick<RunResult, 'exitCode' | 'stdout' | 'stderr'>,
  here: Here,
): Missing | undefined {
  if (exitCode === 0) return refusalOfClient(stdout, here);
  // "... or try `podman machine init` and `podman machine start` to manage a new Linux VM": only such a client says so.
  const needsMachine = /podman machine (?:init|start)/.test(stderr);
  return needsMachine ? refusalOf({ kind: 'podman-machine', isElsewhere: true }) : undefined;
}

function refusalOfClient(json: string, here: Here): Missing | undefined {
  try {
    return refusalOf(recogniseHost(podmanInfo(JSON.parse(json) as PodmanSays, 'program'), here));
  } catch {
    return undefined; // what it cannot say, the service will
  }
}
