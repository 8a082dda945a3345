import { access } from 'node:fs/promises';
import { BottleError } from '../errors.ts';
import { run, runOrThrow } from '../host/run.ts';
import { isRoot } from '../host/user.ts';
import { confirm } from '../ui/ask.ts';

/** The smallest rung, for a host that has none: one package, no daemon. */

const PACKAGES = ['bubblewrap', 'perl-base'];
const INSTALL_DEADLINE_MS = 300_000;

export interface InstallOptions {
  /** The user has agreed already. */
  readonly yes: boolean;
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Says what would be installed, asks, and installs it. Gives false where this host has no apt.
 * @throws BottleError `usage` without consent, `dependencyMissing` when apt fails
 */
export async function installSmallestRung(options: InstallOptions): Promise<boolean> {
  const apt = await findApt();
  if (apt === undefined) return false;
  const [program, args] = apt('install', ...PACKAGES);
  const command = [program, ...args].join(' ');
  options.note(`nothing here can run a bottle yet; the smallest that can is one package:  ${command}`);
  if (!options.yes && !(await confirm('Install it now?', '--yes'))) {
    throw new BottleError('dependencyMissing', 'nothing was installed', { fix: command });
  }
  const call = {
    signal: options.signal,
    timeoutMs: INSTALL_DEADLINE_MS,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  };
  const install = apt('install', '--yes', '--no-install-recommends', ...PACKAGES);
  if ((await run(...install, call)).exitCode === 0) return true;
  options.note('apt does not know the package yet; reading the package lists anew');
  await runOrThrow(...apt('update'), call);
  await runOrThrow(...install, call);
  return true;
}

type Apt = (...args: readonly string[]) => readonly [program: string, args: readonly string[]];

/** As root apt-get itself; otherwise through sudo, which must not need a password: its question would not be seen. */
async function findApt(): Promise<Apt | undefined> {
  if (!(await exists('/usr/bin/apt-get'))) return undefined;
  if (isRoot()) return (...args) => ['apt-get', args];
  const maySudo = (await run('sudo', ['--non-interactive', 'true'])).exitCode === 0;
  return maySudo ? (...args) => ['sudo', ['--non-interactive', 'apt-get', ...args]] : undefined;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
