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
import { readSystemEntries } from '../host/system/system-folders.ts';
import { isRoot, keyHolderOwner } from '../host/user.ts';
import { confinedCall, INFO_FD } from './confine.ts';
import { keyPaths } from './key-paths.ts';

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
