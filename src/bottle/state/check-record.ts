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
import { isLeftPassing, isPassing, passingName } from '../session/passing.ts';

/** A check makes containers as a bottle does, and can be killed as a launcher can: so it is on record as well. */

interface CheckRecord {
  readonly owner: ProcessIdentity;
  readonly rung: Rung;
  readonly resources: readonly Resource[];
}

const checksDir = (): string => join(stateDir(), 'probes');
const recordPath = (id: string): string => join(checksDir(), id, 'record.json');

/** Runs a look with its folder and record, and removes both; a look that throws has removed what it made itself. */
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
  await save(); // and on the disk, before anything is made
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

/** A folder with a look's name has its record. */
function claim(id: string, passing: string, record: CheckRecord): void {
  mkdirSync(passing, { mode: 0o700 });
  writeFileSync(join(passing, basename(recordPath(id))), JSON.stringify(record), { mode: 0o600 });
  renameSync(passing, join(checksDir(), id));
}

/** The looks that were killed, by the names of their folders. */
export async function leftChecks(): Promise<string[]> {
  const left: string[] = [];
  for (const name of await readdir(checksDir()).catch(() => [])) {
    if (isPassing(name) ? isLeftPassing(name) : await isOrphan(name)) left.push(name);
  }
  return left;
}

/** One that is gone meanwhile is none. */
async function isOrphan(id: string): Promise<boolean> {
  const record = await readCheck(id);
  const owner = record === 'damaged' ? undefined : record?.owner;
  return owner === undefined ? existsSync(join(checksDir(), id)) : !isRunning(owner);
}

/** Removes what a killed look left. One whose folder passes has made nothing yet, or nothing is left of it. */
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
