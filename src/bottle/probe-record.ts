import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ProbeContext, Resource, Rung } from '../drivers/driver.ts';
import { driverOf } from '../drivers/index.ts';
import { BottleError } from '../errors.ts';
import { makePrivateDir, readTextIfThere, removeTree, writeFileAtomic, writing } from '../host/files.ts';
import { stateDir } from '../host/paths.ts';
import { ownIdentity, isRunning, type ProcessIdentity } from '../host/processes.ts';
import { shellLine } from '../host/shell-words.ts';
import { isLeftPassing, isPassing, passingName } from './passing.ts';

/** A probe makes containers as a bottle does, and can be killed as a launcher can: so it is on record as well. */

interface ProbeRecord {
  readonly owner: ProcessIdentity;
  readonly rung: Rung;
  readonly resources: readonly Resource[];
}

const probesDir = (): string => join(stateDir(), 'probes');
const recordPath = (id: string): string => join(probesDir(), id, 'record.json');

/** Runs a look with its folder and record, and removes both; a look that throws has removed what it made itself. */
export async function withProbeRecord<T>(
  rung: Rung,
  look: (context: Omit<ProbeContext, 'signal' | 'isAskedFor'>) => Promise<T>,
): Promise<T> {
  const id = `probe-${rung.runtime}-${randomBytes(4).toString('hex')}`;
  const dir = join(probesDir(), id, 'run');
  let record: ProbeRecord = { owner: ownIdentity(), rung, resources: [] };
  const save = async (): Promise<void> => await writeFileAtomic(recordPath(id), JSON.stringify(record));
  await makePrivateDir(probesDir());
  const passing = join(probesDir(), passingName(record.owner, id));
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
    const folder = join(probesDir(), id);
    if (existsSync(folder)) await rename(folder, passing);
    await removeTree(passing);
  }
}

/** A folder with a look's name has its record. */
function claim(id: string, passing: string, record: ProbeRecord): void {
  mkdirSync(passing, { mode: 0o700 });
  writeFileSync(join(passing, basename(recordPath(id))), JSON.stringify(record), { mode: 0o600 });
  renameSync(passing, join(probesDir(), id));
}

/** The looks that were killed, by the names of their folders. */
export async function leftProbes(): Promise<string[]> {
  const left: string[] = [];
  for (const name of await readdir(probesDir()).catch(() => [])) {
    if (isPassing(name) ? isLeftPassing(name) : await isOrphan(name)) left.push(name);
  }
  return left;
}

/** One that is gone meanwhile is none. */
async function isOrphan(id: string): Promise<boolean> {
  const record = await readProbe(id);
  const owner = record === 'damaged' ? undefined : record?.owner;
  return owner === undefined ? existsSync(join(probesDir(), id)) : !isRunning(owner);
}

/** Removes what a killed look left. One whose folder passes has made nothing yet, or nothing is left of it. */
export async function removeProbe(name: string): Promise<void> {
  const record = await readProbe(name);
  if (record === 'damaged' && !isPassing(name)) {
    throw new BottleError('usage', `the record of the probe ${name} cannot be read`, {
      fix: `end what ${join(probesDir(), name)} names, then: rm -r ${shellLine([join(probesDir(), name)])}`,
    });
  }
  if (record !== undefined && record !== 'damaged') await driverOf(record.rung).remove(record.resources);
  await removeTree(join(probesDir(), name));
}

async function readProbe(name: string): Promise<ProbeRecord | 'damaged' | undefined> {
  const text = await readTextIfThere(recordPath(name));
  try {
    return text === undefined ? undefined : (JSON.parse(text) as ProbeRecord);
  } catch {
    return 'damaged';
  }
}
