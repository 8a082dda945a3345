import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { argumentsOf, everyPid } from '../../../host/processes.ts';
import type { Registered, RegisteredRuntime } from './registered.ts';

/** The runtimes in the settings of the dockerds on this host, which say what Docker's interface leaves out. */

/** Where dockerd reads its settings unless it is told otherwise: dockerd(8), `--config-file`. */
const DEFAULT_FILE = '/etc/docker/daemon.json';

/** Looks at this host. A file that is missing, or that this user may not read, says nothing. */
export function dockerdSettings(): Registered {
  const files = configFilesOf(everyPid().map(argumentsOf));
  return agreedOn(files.map((file) => runtimesIn(textOf(file))));
}

/** The settings files of the dockerds among these command lines; of none, the usual one. Pure. */
export function configFilesOf(commandLines: readonly (readonly string[])[]): string[] {
  const files = commandLines
    .filter(([program = '']) => DOCKERD.test(basename(program)))
    .map((args) => flagOf(args, '--config-file') ?? DEFAULT_FILE);
  return files.length === 0 ? [DEFAULT_FILE] : [...new Set(files)];
}

/** NixOS wraps programs under such a name. */
const DOCKERD = /^\.?dockerd(?:-wrapped)?$/;

function flagOf(args: readonly string[], flag: string): string | undefined {
  const at = args.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (at < 0) return undefined;
  return args[at] === flag ? args[at + 1] : args[at]?.slice(flag.length + 1);
}

/** `runtimes` of the text of a daemon.json; none where it cannot be parsed. Pure. */
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

/** Runtimes of which all settings that have them say the same: which dockerd answers at a socket is not seen. Pure. */
export function agreedOn(settings: readonly Registered[]): Registered {
  const entries = settings.flatMap((runtimes) => Object.entries(runtimes));
  const differs = ([key, runtime]: readonly [string, RegisteredRuntime]): boolean =>
    entries.some(([other, said]) => other === key && JSON.stringify(said) !== JSON.stringify(runtime));
  return Object.fromEntries(entries.filter((entry) => !differs(entry)));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
