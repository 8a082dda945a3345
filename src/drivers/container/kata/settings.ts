import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Registered, RegisteredRuntime } from './registered.ts';

/** Reads the runtimes in dockerd's settings on this host, which contain what Docker's API leaves out. */

/** dockerd's default settings file: dockerd(8), `--config-file`. */
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
