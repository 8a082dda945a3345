import { basename, isAbsolute } from 'node:path';
import { isMissing, type Missing } from '../../engine/missing.ts';
import { shimProgram } from '../../kata/shim.ts';
import { KATA_SHIM, registration } from '../fixes.ts';

/**
 * Finds Kata among Docker's runtimes, and its program: containerd's shim for it, which makes a machine for each
 * container. Pure. Sources: docs/how-to/how-to-use-kata-with-docker.md of kata-containers 4.1.0; moby's
 * daemon/runtime_unix.go (the unregistered names that Docker accepts); pkg/shim/util.go of containerd 1.7 (BinaryName).
 */

/** The variable by which a user names the runtime if Docker lists none: no list contains a shim in dockerd's PATH. */
export const RUNTIME_VARIABLE = 'BOT_BOTTLE_KATA_RUNTIME';

/**
 * A runtime in `GET /info` or in dockerd's settings. Docker 25 to 29 list only `path` and `runtimeArgs`, so they list a
 * shim as `{}`: fillPlatformInfo in moby's daemon/info_unix.go.
 */
export interface RegisteredRuntime {
  readonly path?: string;
  readonly runtimeType?: string;
  readonly runtimeArgs?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
}

export type Registered = Readonly<Record<string, RegisteredRuntime>>;

export interface KataRuntime {
  /** Its name in Docker and in the output of `inspect`. */
  readonly key: string;
  /** The shim: its path, or a name that containerd finds in its own PATH. */
  readonly shim: string;
  /** The path of its configuration, if the registration names one. */
  readonly configPath: string | undefined;
}

/**
 * Finds a usable registration of Kata; with `asked`, only that one counts. Returns undefined if there is none, or the
 * reason why it cannot be used. `listed` is Docker's answer; `settings`, the runtimes in dockerd's own settings,
 * complete it.
 */
export function findKata(
  listed: Registered,
  asked: string | undefined,
  settings: Registered,
): KataRuntime | Missing | undefined {
  const registered = completed(listed, settings);
  if (asked !== undefined) return askedFor(registered, asked);
  const found = PLACES.flatMap((isKata) => Object.entries(registered).filter(isKata)).map((entry) =>
    runtimeOf(...entry),
  );
  return found.find((one) => !isMissing(one)) ?? found[0];
}

/** The listed runtimes; a runtime that the list shows with neither program nor shim is completed from the settings. */
const completed = (listed: Registered, settings: Registered): Registered =>
  Object.fromEntries(
    Object.entries(listed).map(([key, runtime]) => [
      key,
      saysNothing(runtime) && Object.hasOwn(settings, key) ? { ...runtime, ...settings[key] } : runtime,
    ]),
  );

const saysNothing = ({ path = '', runtimeType = '' }: RegisteredRuntime): boolean =>
  path === '' && runtimeType === '';

const NAMED = /kata/i;

/** The parts of a registration that identify it as Kata's, the most reliable first. */
const PLACES: readonly ((entry: readonly [string, RegisteredRuntime]) => boolean)[] = [
  ([key]) => key === 'kata',
  ([, { runtimeType }]) => NAMED.test(runtimeType ?? ''),
  ([key]) => NAMED.test(key),
  ([, { path }]) => NAMED.test(path ?? ''),
];

function askedFor(registered: Registered, asked: string): KataRuntime | Missing {
  const entry = Object.hasOwn(registered, asked) ? registered[asked] : undefined;
  if (entry !== undefined) return runtimeOf(asked, entry);
  if (basename(asked) === 'kata-runtime') return gone(asked);
  const shim = shimProgram(asked);
  if (shim !== undefined) return { key: asked, shim, configPath: undefined };
  return unusable(
    `Docker has no runtime called ${asked}, which ${RUNTIME_VARIABLE} names`,
    `${RUNTIME_VARIABLE}=io.containerd.kata.v2 for a shim in dockerd's PATH, or ${registration('kata')}`,
  );
}

function runtimeOf(key: string, runtime: RegisteredRuntime): KataRuntime | Missing {
  const { path = '', runtimeType = '', options } = runtime;
  const shim = isAbsolute(runtimeType) ? runtimeType : shimProgram(runtimeType);
  const configPath = options?.['ConfigPath'];
  if (shim !== undefined) {
    return { key, shim, configPath: typeof configPath === 'string' ? configPath : undefined };
  }
  if (basename(path) === 'kata-runtime') return gone(path);
  if (saysNothing(runtime)) return unnamed(key);
  return unusable(
    `${path || key} is registered as an OCI runtime ("path"); Kata is a shim ("runtimeType")`,
    register(),
  );
}

/** Docker runs this runtime by a shim, but nothing on this host names the shim. */
const unnamed = (key: string): Missing =>
  unusable(
    `Docker does not say which shim its runtime ${key} is, and neither do the settings of a dockerd on this host`,
    `name the shim: ${RUNTIME_VARIABLE}=io.containerd.kata.v2, after sudo ln -s ${KATA_SHIM} /usr/local/bin/`,
  );

/**
 * Kata 1.x was an OCI runtime, Docker's `--runtime kata-runtime`. Since 2.0 the program of that name is a command-line
 * tool.
 */
const gone = (name: string): Missing =>
  unusable(`${name} is no runtime since Kata 2.0: Docker runs Kata by its shim`, register());

const register = (): string => registration('kata', KATA_SHIM);

const unusable = (reason: string, fix: string): Missing => ({ status: 'installed', reason, fix });
