import { basename, isAbsolute } from 'node:path';
import { isMissing, type Missing } from '../../engine/missing.ts';
import { shimProgram } from '../../kata/shim.ts';
import { KATA_SHIM, registration } from '../fixes.ts';

/**
 * Which of Docker's runtimes is Kata, and which program that is: containerd's shim for it, which makes a machine for each
 * container. Pure. Sources: docs/how-to/how-to-use-kata-with-docker.md of kata-containers 4.1.0; moby's
 * daemon/runtime_unix.go (which names Docker takes that it has not registered); pkg/shim/util.go of containerd 1.7 (BinaryName).
 */

/** The variable by which a user names the runtime, where Docker lists none: a shim in dockerd's PATH is in no list. */
export const RUNTIME_VARIABLE = 'BOT_BOTTLE_KATA_RUNTIME';

/**
 * A runtime as `GET /info` lists it, and as dockerd's settings have it. Docker 25 to 29 list `path` and `runtimeArgs` alone, so a shim is
 * listed as `{}`: fillPlatformInfo in moby's daemon/info_unix.go.
 */
export interface RegisteredRuntime {
  readonly path?: string;
  readonly runtimeType?: string;
  readonly runtimeArgs?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
}

export type Registered = Readonly<Record<string, RegisteredRuntime>>;

export interface KataRuntime {
  /** What Docker calls it, and `inspect` with it. */
  readonly key: string;
  /** The shim: its path, or the name that containerd finds in its own PATH. */
  readonly shim: string;
  /** Its configuration, where the registration names one. */
  readonly configPath: string | undefined;
}

/**
 * Kata's registration that can be used, `asked` before any other; undefined where there is none, or why what there is cannot be used.
 * `settings` are the runtimes of dockerd's own settings: they say what `listed`, which Docker answers, leaves out.
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

/** Each listed runtime, with what the settings say of it where the list says neither a program nor a shim. */
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

/** Where a registration says that it is Kata's, the surest first. */
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

/** Docker runs it by a shim, and nothing on this host says by which. */
const unnamed = (key: string): Missing =>
  unusable(
    `Docker does not say which shim its runtime ${key} is, and neither do the settings of a dockerd on this host`,
    `name the shim: ${RUNTIME_VARIABLE}=io.containerd.kata.v2, after sudo ln -s ${KATA_SHIM} /usr/local/bin/`,
  );

/** Kata 1.x was an OCI runtime, Docker's `--runtime kata-runtime`; the program of that name now is a tool for people. */
const gone = (name: string): Missing =>
  unusable(`${name} is no runtime since Kata 2.0: Docker runs Kata by its shim`, register());

const register = (): string => registration('kata', KATA_SHIM);

const unusable = (reason: string, fix: string): Missing => ({ status: 'installed', reason, fix });
