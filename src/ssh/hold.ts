import { chown, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { deadline, whenAborted } from '../host/deadline.ts';
import { endWithChildren } from '../host/process/end-with-children.ts';
import { BottleError, DOCTOR_OR_REPORT } from '../errors.ts';
import { faultsOf } from '../host/process/confinement.ts';
import { makePrivateDir } from '../host/files.ts';
import { assetPath } from '../host/paths.ts';
import { BOTTLE_ID_VARIABLE } from '../host/processes.ts';
import { spawnProgram } from '../host/run.ts';
import { readSystemEntries, systemOptions, type SystemEntry } from '../host/system/system-folders.ts';
import { isRoot, keyHolderOwner } from '../host/user.ts';
import { keyPaths } from './key-paths.ts';
import { join } from 'node:path';

const START_DEADLINE_MS = 10_000;

/**
 * Starts the process that holds a bottle's keys; it has none yet. The process outlives the launcher. It ends with all
 * other processes that carry the bottle's ID.
 * @throws BottleError `dependencyMissing`: the process does not start, details: its own words; `rungUnavailable`: it is
 *   not confined
 */
export async function startHolder(bottleId: string, runDir: string, signal: AbortSignal): Promise<void> {
  const { dir, innerDir, outerDir } = keyPaths(runDir);
  await makePrivateDir(dir);
  for (const socketDir of [innerDir, outerDir]) {
    await makePrivateDir(socketDir);
    if (isRoot()) await chown(socketDir, keyHolderOwner().uid, keyHolderOwner().gid);
  }
  const args = confinedCall({
    bottleId,
    programPath: assetPath('ssh/keys.pl'),
    innerDir,
    outerDir,
    system: readSystemEntries(),
    dropTo: isRoot() ? keyHolderOwner() : undefined,
  });
  const child = spawnProgram('bwrap', args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    env: { [BOTTLE_ID_VARIABLE]: bottleId },
  });
  try {
    await readyLine(child, deadline(START_DEADLINE_MS, signal));
    await expectConfined(await childPid(child));
  } catch (error) {
    await endWithChildren(child);
    signal.throwIfAborted();
    throw error;
  }
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}

async function childPid({ stdio }: Child): Promise<number> {
  let text = '';
  for await (const chunk of stdio[INFO_FD] as Readable) text += String(chunk);
  return Number(/"child-pid": ([0-9]+)/.exec(text)?.[1]);
}

async function expectConfined(pid: number): Promise<void> {
  const faults = faultsOf(await readFile(`/proc/${pid}/status`, 'utf8'), keyHolderOwner());
  if (faults.length === 0) return;
  throw new BottleError(
    'rungUnavailable',
    'the holder of the bottle’s SSH keys is not confined as it should be',
    {
      details: faults,
      fix: DOCTOR_OR_REPORT,
    },
  );
}

type Child = ReturnType<typeof spawnProgram>;

async function readyLine(child: Child, signal: AbortSignal): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2048)));
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string): void => reject(notUp([reason, ...said.trim().split('\n')]));
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => fail(`it ended with exit code ${code ?? 'none'}`));
    whenAborted(signal, () => fail('it was not ready in time'));
    createInterface({ input: child.stdout as Readable }).once('line', (line) =>
      line === 'ready' ? resolve() : fail(`it said: ${line}`),
    );
  });
}

const notUp = (details: readonly string[]): BottleError =>
  new BottleError('dependencyMissing', 'the holder of the bottle’s SSH keys did not start', {
    details: details.filter((line) => line !== ''),
    fix: 'install openssh-client, perl and bubblewrap, and see: bot-bottle doctor',
  });

/**
 * The sandbox of the process that holds a bottle's keys, in a separate bubblewrap. The process reads input from a
 * hostile agent. Besides the keys it gets only the system's folders, read-only, and its two sockets: no network, no
 * home. Pure.
 */
interface Confinement {
  readonly bottleId: string;
  /** Host path of keys.pl. */
  readonly programPath: string;
  readonly innerDir: string;
  readonly outerDir: string;
  /** The host's system folders that the process sees. */
  readonly system: readonly SystemEntry[];
  /** The account that the holder switches to if root launches. Undefined: the user, in a user namespace. */
  readonly dropTo: { readonly uid: number; readonly gid: number } | undefined;
}

const INSIDE = { program: '/run/keys.pl', inner: '/run/inner', outer: '/run/outer' } as const;

/** Descriptor on which bubblewrap reports the process ID: bwrap(1), `--info-fd`. */
const INFO_FD = 3;

/** Returns the arguments of `bwrap`. */
export function confinedCall({ dropTo, ...parts }: Confinement): readonly string[] {
  return [
    ['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    // For root, bubblewrap mounts as root, since others cannot enter root's folders; setpriv then drops root for good.
    dropTo === undefined ? ['--unshare-user', '--disable-userns', '--cap-drop', 'ALL'] : [],
    ['--hostname', 'keys', '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin'],
    ['--setenv', 'BOT_BOTTLE_ID', parts.bottleId],
    // Explicit: folders that bubblewrap creates as parents of a mount are open to root only.
    ['--dir', '/etc', '--dir', '/run'],
    systemOptions(parts.system),
    ['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ['--dev', '/dev', '--remount-ro', '/dev'],
    ['--ro-bind', parts.programPath, INSIDE.program],
    ['--bind', parts.innerDir, INSIDE.inner, '--bind', parts.outerDir, INSIDE.outer],
    ['--remount-ro', '/', '--chdir', '/', '--as-pid-1', '--info-fd', String(INFO_FD), '--'],
    dropTo === undefined ? [] : dropCall(dropTo),
    ['perl', INSIDE.program, join(INSIDE.inner, 's'), join(INSIDE.outer, 's')],
  ].flat();
}

function dropCall({ uid, gid }: NonNullable<Confinement['dropTo']>): readonly string[] {
  const ids = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  return ['setpriv', ...ids, '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
}
