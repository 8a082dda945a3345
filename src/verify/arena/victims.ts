import type { Owner } from '../../drivers/driver.ts';
import { BottleError } from '../../errors.ts';
import { spawnProgram } from '../../host/run.ts';
import { isRoot } from '../../host/user.ts';

/** A process of the host that attempts target. */
export interface Victim {
  readonly pid: number;
  /** Returns how it ended, such as `SIGTERM`; undefined while it runs. */
  ended(): string | undefined;
  end(): void;
}

/** What /proc shows of it. */
interface Traces {
  readonly env?: Readonly<Record<string, string>>;
  readonly argument?: string;
  readonly cwd?: string;
  /** A word that is only in its memory. */
  readonly memory?: string;
  /** Descriptors of this process that it inherits. */
  readonly descriptors?: readonly number[];
  /** A shell; the system's by default. */
  readonly program?: string;
}

/**
 * Starts a waiting process under the attacker's user, so that only the bottle protects it.
 * @throws BottleError `dependencyMissing` when there is no `sh`
 */
export function startVictim(owner: Owner, traces: Traces = {}): Victim {
  const { env = {}, argument = 'victim', cwd = '/', memory = '', descriptors = [], program = 'sh' } = traces;
  let ended: string | undefined;
  // It ends with this process: the second `read` waits for a line that never comes, or for the end of the pipe.
  const child = spawnProgram(program, ['-c', 'read -r word; read -r line', argument], {
    env,
    cwd,
    stdio: ['pipe', 'ignore', 'ignore', ...descriptors],
    ...asOwner(owner),
  });
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined).write(`${memory}\n`);
  child.on('exit', (code, signal) => (ended = signal ?? `exit code ${code}`));
  if (child.pid === undefined)
    throw new BottleError('dependencyMissing', `${program} cannot be started`, {
      fix: `see that it is in PATH: command -v ${program}`,
    });
  return { pid: child.pid, ended: () => ended, end: () => void child.kill('SIGKILL') };
}

/**
 * Only root can switch users. Otherwise the process runs as this user, whose rights the bottle's programs have or
 * exceed.
 */
export function asOwner({ uid, gid }: Owner): Partial<Owner> {
  return isRoot() ? { uid, gid } : {};
}
