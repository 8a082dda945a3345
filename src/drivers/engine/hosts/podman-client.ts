import { findProgram } from '../../../host/system/programs.ts';
import { run, type RunResult } from '../../../host/run.ts';
import type { Missing } from '../missing.ts';
import { recogniseHost, refusalOf } from './recognise.ts';
import { podmanInfo, readHere, type Here, type PodmanSays } from './engine-info.ts';

const LOOK_TIMEOUT_MS = 5_000;

/**
 * Checks whether `podman` is only the client of a service elsewhere, as on macOS and Windows: then bot-bottle cannot
 * start its own service. Undefined if it is not, or is not installed. Takes about 100 ms, so callers ask only after a
 * failure.
 */
export async function podmanIsElsewhere(): Promise<Missing | undefined> {
  if (findProgram('podman') === undefined) return undefined;
  const said = await run('podman', ['info', '--format', 'json'], { timeoutMs: LOOK_TIMEOUT_MS });
  return clientRefusal(said, readHere());
}

/** The same, from the output of `podman info --format json`. Pure. */
export function clientRefusal(
  { exitCode, stdout, stderr }: Pick<RunResult, 'exitCode' | 'stdout' | 'stderr'>,
  here: Here,
): Missing | undefined {
  if (exitCode === 0) return refusalOfClient(stdout, here);
  // "... or try `podman machine init` and `podman machine start` to manage a new Linux VM": only such a client prints
  // this.
  const needsMachine = /podman machine (?:init|start)/.test(stderr);
  return needsMachine ? refusalOf({ kind: 'podman-machine', isElsewhere: true }) : undefined;
}

function refusalOfClient(json: string, here: Here): Missing | undefined {
  try {
    return refusalOf(recogniseHost(podmanInfo(JSON.parse(json) as PodmanSays, 'program'), here));
  } catch {
    return undefined; // the service will report what this output lacks
  }
}
