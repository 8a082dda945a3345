import type { Owner } from '../../drivers/driver.ts';
import { BottleError } from '../../errors.ts';
import { spawnProgram } from '../../host/run.ts';
import { isRoot } from '../../host/user.ts';

/** A process of the host that attempts are made on. */
export interface Victim {
  readonly pid: number;
  /** How it ended, such as `SIGTERM`; undefined while it runs. */
  ended(): string | undefined;
  end(): void;
}

/** What its /proc/PID/environ, /proc/PID/cmdline and memory show. */
interface Secrets {
  readonly env?: Readonly<Record<string, string>>;
  readonly argument?: string;
  /** In its heap only. */
  readonly memory?: string;
}

/**
 * Starts a process that waits, as the user that the attempts run as: nothing but the bottle keeps them from it.
 * @throws BottleError `dependencyMissing` when there is no `sh`
 */
export function startVictim(
  owner: Owner,
  { env = {}, argument = 'victim', memory = '' }: Secrets = {},
): Victim {
  let ended: string | undefined;
  // It ends with this process: `read` waits for a line that never comes, or for the end of the pipe.
  const child = spawnProgram('sh', ['-c', 'read -r word; read -r line', argument], {
    env,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    ...asOwner(owner),
  });
  child.on('error', () => undefined);
  child.on('exit', (code, signal) => (ended = signal ?? `exit code ${code}`));
  child.stdin?.on('error', () => undefined);
  child.stdin?.write(`${memory}\n`);
  if (child.pid === undefined) throw new BottleError('dependencyMissing', 'sh cannot be started');
  return { pid: child.pid, ended: () => ended, end: () => void child.kill('SIGKILL') };
}

/** Only root can be another; others are themselves, which is whom their bottles' programs run as or stronger. */
export function asOwner({ uid, gid }: Owner): Partial<Owner> {
  return isRoot() ? { uid, gid } : {};
}
