import { existsSync, readFileSync } from 'node:fs';

/** What to type on this host, in the words of its distribution. */

const PACKAGES = {
  docker: { apt: 'docker.io', dnf: 'moby-engine', pacman: 'docker', zypper: 'docker' },
  podman: { apt: 'podman', dnf: 'podman', pacman: 'podman', zypper: 'podman' },
  runc: { apt: 'runc', dnf: 'runc', pacman: 'runc', zypper: 'runc' },
  crun: { apt: 'crun', dnf: 'crun', pacman: 'crun', zypper: 'crun' },
  runsc: { apt: 'runsc' },
  init: { apt: 'catatonit', dnf: 'catatonit', pacman: 'catatonit', zypper: 'catatonit' },
} as const;

type PackageManager = 'apt' | 'dnf' | 'pacman' | 'zypper';

/** Distributions by the ID and ID_LIKE of os-release(5). */
const MANAGERS: readonly (readonly [RegExp, PackageManager, string])[] = [
  [/debian|ubuntu/, 'apt', 'sudo apt install'],
  [/fedora|rhel|centos/, 'dnf', 'sudo dnf install'],
  [/arch/, 'pacman', 'sudo pacman -S'],
  [/suse/, 'zypper', 'sudo zypper install'],
];

/** The command that installs one of these, or where to get it. */
export function installCommand(program: keyof typeof PACKAGES | 'kata'): string {
  if (program === 'kata') return 'install Kata Containers 3.30 or newer: https://katacontainers.io';
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const ids = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].map((match) => match[1]).join(' ');
  const names: Partial<Record<PackageManager, string>> = PACKAGES[program];
  const found = MANAGERS.find(([pattern]) => pattern.test(ids));
  const name = found === undefined ? undefined : names[found[1]];
  if (found === undefined || name === undefined) return `install ${program}`;
  return `${found[2]} ${name}`;
}

/** How a system service is started here. */
export function startService(unit: string, program: string): string {
  return existsSync('/run/systemd/system')
    ? `sudo systemctl start ${unit}`
    : `start it as root: ${program} &`;
}

/** The exact registration of a runtime with Docker. */
export function registration(runtime: string, path: string, runtimeArgs: readonly string[] = []): string {
  const entry = { runtimes: { [runtime]: { path, ...(runtimeArgs.length === 0 ? {} : { runtimeArgs }) } } };
  return `add ${JSON.stringify(entry)} to /etc/docker/daemon.json and restart Docker`;
}

/** Causes that engines describe in their own words, and what mends them. */
const KNOWN_FAILURES: readonly (readonly [RegExp, string])[] = [
  [
    /cannot run with network enabled in root network namespace/,
    'install runsc 20240807 or newer (older ones do not know kernels from 6.11 on), or register it with ' +
      '"runtimeArgs": ["--network=host"] in /etc/docker/daemon.json',
  ],
  [
    /cgroups in hybrid mode not supported/,
    'boot with systemd.unified_cgroup_hierarchy=1 (cgroup v2 alone), or use runtime: runc',
  ],
  [/docker-init/, 'install tini: docker-init is the first program of every bottle'],
  [
    /Memory: asked for .+, the engine has 0/,
    'this Podman cannot limit memory and processes: boot with cgroup v2 alone and log in through systemd, or use runtime: bubblewrap',
  ],
  [
    /cannot (specify|set) resource limits|cgroups? v2/i,
    'boot with cgroup v2 and delegate its controllers to your user',
  ],
];

/** What mends a failed start, or a way to see it again. */
export function fixFor(message: string, again: string): string {
  return KNOWN_FAILURES.find(([pattern]) => pattern.test(message))?.[1] ?? `see what it says: ${again}`;
}
