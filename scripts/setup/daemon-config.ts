/** The required content of /etc/docker/daemon.json for the tests, and how it is merged with the existing content. */

export interface Runtime {
  readonly path: string;
  readonly runtimeArgs?: readonly string[];
}

export type Runtimes = Readonly<Record<string, Runtime>>;

/** The first release of runsc that supports kernels from 6.11 on: google/gvisor#10704. */
const RUNSC_KNOWS_6_11 = 20_240_807;

/**
 * Returns the arguments that runsc needs on this kernel. An older runsc mistakes every network namespace of a newer
 * kernel for the host's own and refuses to start; with the host's stack it runs, still inside the container's
 * namespace.
 */
export function runscArguments(versionText: string, kernel: string): string[] {
  const released = Number(/(\d{8})/.exec(versionText)?.[1] ?? Number.POSITIVE_INFINITY);
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  const isNewKernel = major > 6 || (major === 6 && minor >= 11);
  return released < RUNSC_KNOWS_6_11 && isNewKernel ? ['--network=host'] : [];
}

/**
 * Returns the runtimes that the tests request. Two are registered and never work, which a check must find out: `kata`,
 * and a gVisor without the arguments that it needs here, or, if it needs none, a program that is no runtime.
 */
export function testRuntimes(runscArgs: readonly string[]): Runtimes {
  return {
    crun: { path: '/usr/bin/crun' },
    runsc: { path: '/usr/bin/runsc', ...(runscArgs.length === 0 ? {} : { runtimeArgs: runscArgs }) },
    kata: { path: '/usr/bin/false' },
    'broken-runsc': { path: runscArgs.length === 0 ? '/usr/bin/false' : '/usr/bin/runsc' },
  };
}

export interface Merged {
  /** The new file, or undefined if nothing is missing. */
  readonly text: string | undefined;
  readonly added: readonly string[];
  /** Runtimes that are already registered with other settings, which stay. */
  readonly kept: readonly string[];
}

/** Adds runtimes to the text of a daemon.json; its content stays. @throws SyntaxError if the text is not JSON */
export function mergeRuntimes(existing: string | undefined, wanted: Runtimes): Merged {
  const config = (existing === undefined || existing.trim() === '' ? {} : JSON.parse(existing)) as {
    runtimes?: Record<string, unknown>;
  };
  const present = config.runtimes ?? {};
  const added = Object.keys(wanted).filter((name) => !(name in present));
  const kept = Object.keys(wanted).filter(
    (name) => name in present && JSON.stringify(present[name]) !== JSON.stringify(wanted[name]),
  );
  if (added.length === 0) return { text: undefined, added, kept };
  const runtimes = { ...present, ...Object.fromEntries(added.map((name) => [name, wanted[name]])) };
  return { text: `${JSON.stringify({ ...config, runtimes }, undefined, 2)}\n`, added, kept };
}
