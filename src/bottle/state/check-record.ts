import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CheckContext, Resource, Rung } from '../../drivers/driver.ts';
import { driverOf } from '../../drivers/index.ts';
import { BottleError } from '../../errors.ts';
import { makePrivateDir, readTextIfThere, removeTree, writeFileAtomic, writing } from '../../host/files.ts';
import { stateDir } from '../../host/paths.ts';
import { ownIdentity, isRunning, type ProcessIdentity } from '../../host/processes.ts';
import { shellLine } from '../../host/shell-words.ts';
import { isLeftPassing, isPassing, passingName } from './store.ts';

/** Records the resources of a check: like a launcher, a check makes containers and can be killed. */

interface CheckRecord {
  readonly owner: ProcessIdentity;
  readonly rung: Rung;
  readonly resources: readonly Resource[];
}

const checksDir = (): string => join(stateDir(), 'probes');
const recordPath = (id: string): string => join(checksDir(), id, 'record.json');

/** Runs a check with its folder and record, and removes both. A check that throws has removed its own resources. */
export async function withCheckRecord<T>(
  rung: Rung,
  look: (context: Omit<CheckContext, 'signal' | 'isAskedFor'>) => Promise<T>,
): Promise<T> {
  const id = `probe-${rung.runtime}-${randomBytes(4).toString('hex')}`;
  const dir = join(checksDir(), id, 'run');
  let record: CheckRecord = { owner: ownIdentity(), rung, resources: [] };
  const save = async (): Promise<void> => await writeFileAtomic(recordPath(id), JSON.stringify(record));
  await makePrivateDir(checksDir());
  const passing = join(checksDir(), passingName(record.owner, id));
  await writing(recordPath(id), async () => claim(id, passing, record));
  await save(); // and synced to disk, before the check makes anything
  await makePrivateDir(dir);
  try {
    const note = async (resource: Resource): Promise<void> => {
      record = { ...record, resources: [...record.resources, resource] };
      await save();
    };
    return await look({ id, dir, record: note });
  } finally {
    const folder = join(checksDir(), id);
    if (existsSync(folder)) await rename(folder, passing);
    await removeTree(passing);
  }
}

/** Creates the check's folder together with its record, so that no folder lacks one. */
function claim(id: string, passing: string, record: CheckRecord): void {
  mkdirSync(passing, { mode: 0o700 });
  writeFileSync(join(passing, basename(recordPath(id))), JSON.stringify(record), { mode: 0o600 });
  renameSync(passing, join(checksDir(), id));
}

/** Folder names of checks whose process was killed. */
export async function leftChecks(): Promise<string[]> {
  const left: string[] = [];
  for (const name of await readdir(checksDir()).catch(() => [])) {
    if (isPassing(name) ? isLeftPassing(name) : await isOrphan(name)) left.push(name);
  }
  return left;
}

/** A check that disappears meanwhile is not an orphan. */
async function isOrphan(id: string): Promise<boolean> {
  const record = await readCheck(id);
  const owner = record === 'damaged' ? undefined : record?.owner;
  return owner === undefined ? existsSync(join(checksDir(), id)) : !isRunning(owner);
}

/** Removes the leftovers of a killed check. If its folder has a temporary name, no resources exist. */
export async function removeCheck(name: string): Promise<void> {
  const record = await readCheck(name);
  if (record === 'damaged' && !isPassing(name)) {
    throw new BottleError('usage', `the record of the check of a rung ${name} cannot be read`, {
      fix: `end what ${join(checksDir(), name)} names, then: rm -r ${shellLine([join(checksDir(), name)])}`,
    });
  }
  if (record !== undefined && record !== 'damaged') await driverOf(record.rung).remove(record.resources);
  await removeTree(join(checksDir(), name));
}

async function readCheck(name: string): Promise<CheckRecord | 'damaged' | undefined> {
  const text = await readTextIfThere(recordPath(name));
  try {
    return text === undefined ? undefined : (JSON.parse(text) as CheckRecord);
  } catch {
    return 'damaged';
  }
}
