import { hostVariable } from '../../../host/env.ts';
import { isMissing, type Missing } from '../../engine/missing.ts';
import { hostFault, readKataHost } from '../../kata/host.ts';
import { shimSays } from '../../kata/shim.ts';
import {
  findKata,
  RUNTIME_VARIABLE,
  type KataRuntime,
  type Registered,
  type RegisteredRuntime,
} from './registered.ts';
import { ANYWAY_VARIABLE, versionFault } from '../../kata/version.ts';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Checks whether Docker and this host can run Kata, as far as that is visible before anything starts. */

/** Kata's registration and shim; the reason why it cannot be used; or undefined if Docker has none. */
export async function suitedKata(
  registered: Registered,
  docker: string,
): Promise<KataRuntime | Missing | undefined> {
  const kata = findKata(registered, hostVariable(RUNTIME_VARIABLE), dockerdSettings());
  if (kata === undefined || isMissing(kata)) return kata;
  const said = await shimSays(kata.shim);
  const versions = { said, shim: kata.shim, docker, anyway: hostVariable(ANYWAY_VARIABLE) === '1' };
  return versionFault(versions) ?? hostFault(readKataHost(kata.configPath, said)) ?? kata;
}

/** dockerd's default settings file, which contains what Docker's API leaves out: dockerd(8), `--config-file`. */
const SETTINGS_FILE = '/etc/docker/daemon.json';

const MOST_BYTES = 1024 * 1024;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Reads the settings of this host. Only a file that only root can write counts, because bot-bottle runs the shim that
 * it names. Does not read `--config-file` from processes: an agent can name its own process dockerd. A file that is
 * missing, or that this user may not read, counts as empty.
 */
export const dockerdSettings = (): Registered => runtimesIn(textOfRoot(SETTINGS_FILE));

/** The `runtimes` in the text of a daemon.json; none if it cannot be parsed. Pure. */
export function runtimesIn(text: string): Registered {
  try {
    const { runtimes } = JSON.parse(text) as { readonly runtimes?: unknown };
    return Object.fromEntries(
      Object.entries(recordOf(runtimes)).map(([key, runtime]) => [key, runtimeIn(recordOf(runtime))]),
    );
  } catch {
    return {};
  }
}

function runtimeIn({ path, runtimeType, options }: Readonly<Record<string, unknown>>): RegisteredRuntime {
  return {
    ...(typeof path === 'string' ? { path } : {}),
    ...(typeof runtimeType === 'string' ? { runtimeType } : {}),
    ...(options === undefined ? {} : { options: recordOf(options) }),
  };
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The text of a regular file that only root can write; empty otherwise. `rootUid`: the uid that counts as root. */
export function textOfRoot(path: string, rootUid = 0): string {
  let file: number | undefined;
  try {
    // Do not block on a FIFO at this path.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(file);
    const isRoots = stat.isFile() && stat.uid === rootUid && (stat.mode & WRITABLE_BY_OTHERS) === 0;
    return isRoots && stat.size <= MOST_BYTES ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
