import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProbeContext, Resource, Rung } from '../drivers/driver.ts';
import { driverOf } from '../drivers/index.ts';
import { BottleError } from '../errors.ts';
import { makePrivateDir, readTextIfThere, removeTree, writeFileAtomic, writing } from '../host/files.ts';
import { stateDir } from '../host/paths.ts';
import { isRunning, type ProcessIdentity } from '../host/processes.ts';
import { ownIdentity } from './journal.ts';

/** A probe makes containers as a bottle does, and can be killed as a launcher can: so it is on record as well. */

const CLAIM_MS = 10_000;

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
  await writing(recordPath(id), async () => claim(id, record));
  await save(); // and on the disk, before anything is made
  await makePrivateDir(dir);
  try {
    const note = async (resource: Resource): Promise<void> => {
      record = { ...record, resources: [...record.resources, resource] };
      await save();
    };
    return await look({ id, dir, record: note });
  } finally {
    await removeTree(join(probesDir(), id));
  }
}

/** Without a pause: where a look is killed between its folder and its record, nobody knows for `CLAIM_MS` that it is left. */
function claim(id: string, record: ProbeRecord): void {
  mkdirSync(join(probesDir(), id), { mode: 0o700 });
  const temporary = `${recordPath(id)}.tmp`;
  writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 });
  renameSync(temporary, recordPath(id));
}

/** The looks that were killed, by their ids. */
export async function leftProbes(): Promise<string[]> {
  const left: string[] = [];
  for (const id of await readdir(probesDir()).catch(() => [])) {
    const record = await readProbe(id);
    const isLeft =
      record === undefined || record === 'damaged' ? !(await isFresh(id)) : !isRunning(record.owner);
    if (isLeft) left.push(id);
  }
  return left;
}

/** Removes what a killed look left. */
export async function removeProbe(id: string): Promise<void> {
  const record = await readProbe(id);
  if (record === 'damaged') {
    throw new BottleError(
      'usage',
      `its record cannot be read: look at ${join(probesDir(), id)}, and remove it by hand`,
    );
  }
  if (record !== undefined) await driverOf(record.rung).remove(record.resources);
  await removeTree(join(probesDir(), id));
}

async function readProbe(id: string): Promise<ProbeRecord | 'damaged' | undefined> {
  const text = await readTextIfThere(recordPath(id));
  try {
    return text === undefined ? undefined : (JSON.parse(text) as ProbeRecord);
  } catch {
    return 'damaged';
  }
}

/** Between the folder and the record in it a look needs a moment, and has made nothing yet. */
async function isFresh(id: string): Promise<boolean> {
  const { mtimeMs } = await stat(join(probesDir(), id));
  return Date.now() - mtimeMs < CLAIM_MS;
}
