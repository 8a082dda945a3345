import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError, errnoOf, reasonOf } from '../../errors.ts';
import {
  makePrivateDir,
  namesIfThere,
  readTextIfThere,
  removeTree,
  writeFileAtomic,
  writing,
} from '../../host/files.ts';
import { stateDir } from '../../host/paths.ts';
import { withReserve } from '../../host/reserve.ts';
import { ownIdentity, type ProcessIdentity } from '../../host/processes.ts';
import { isLeftPassing, isPassing, passingName } from '../session/passing.ts';
import { isLive, PHASES } from './phases.ts';
import type { BottleRecord } from './record.ts';
import { removeFolder } from '../teardown/remove-folder.ts';

/** Bottles on disk: one folder each under the state folder. Putting the folder in its place is the lock on the id. */

const RECORD_NAME = 'record.json';

const bottlesDir = (): string => join(stateDir(), 'bottles');

const passingDir = (owner: ProcessIdentity, id: string): string => join(bottlesDir(), passingName(owner, id));

/** The folders and files of one bottle. */
export function bottlePaths(id: string) {
  const dir = join(bottlesDir(), id);
  return {
    dir,
    recordPath: join(dir, RECORD_NAME),
    receiptPath: join(dir, 'receipt.json'),
    auditDir: join(dir, 'audit'),
    auditPath: join(dir, 'audit', 'egress.jsonl'),
    /** Of the log, once the bottle has ended. */
    signaturePath: join(dir, 'audit', 'signature.json'),
    /** Removed when the bottle ends: sockets, configuration, generated files. */
    runDir: join(dir, 'run'),
    /** The folder of the socket by which the bottle's sockets come to its gateway. */
    handoverDir: join(dir, 'run', 'handover'),
    workPath: join(dir, 'work'),
    basePath: join(dir, 'base'),
  } as const;
}

/** Whether its agent may have run: the receipt is written before it does. */
export const hasRun = (id: string): boolean => existsSync(bottlePaths(id).receiptPath);

/** An id for a new bottle: `<agent>-<random>`. */
export function newId(agent: string): string {
  const stem = agent
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 24);
  return `${stem === '' ? 'agent' : stem}-${randomBytes(4).toString('hex')}`;
}

/**
 * Makes the bottle's folder with its first record in it, in one step: there is no moment at which a kill would leave a
 * folder that says nothing. Throws when the id is taken.
 */
export async function createRecord(record: BottleRecord): Promise<void> {
  const claim = passingDir(record.owner, record.id);
  await makePrivateDir(claim);
  await writing(
    claim,
    async () => await writeFile(join(claim, RECORD_NAME), recordText(record), { mode: 0o600 }),
  );
  try {
    await rename(claim, bottlePaths(record.id).dir);
  } catch (error) {
    await removeTree(claim);
    throw error;
  }
}

/** The folders that a kill left on their way in or out: to be removed. */
export async function leftOnTheWay(): Promise<string[]> {
  const left = (await namesIfThere(bottlesDir())).filter(isLeftPassing);
  return left.map((name) => join(bottlesDir(), name));
}

/** Removes the record's next version that a kill left unfinished; for whoever alone may write the record. */
export async function removeUnfinishedRecords(id: string): Promise<void> {
  const { dir } = bottlePaths(id);
  const names = await readdir(dir);
  const unfinished = names.filter((name) => name.startsWith(`${RECORD_NAME}.`));
  await Promise.all(unfinished.map((name) => removeTree(join(dir, name))));
}

/** Writes the record, in one step; on a full disk with what is kept for that. */
export async function writeRecord(record: BottleRecord): Promise<void> {
  await withReserve(async () => await writeFileAtomic(bottlePaths(record.id).recordPath, recordText(record)));
}

const recordText = (record: BottleRecord): string => `${JSON.stringify(record, null, 2)}\n`;

/**
 * The record, or undefined where there is none (any more).
 * @throws BottleError `usage` when it cannot be read as what this version writes
 */
export async function readRecord(id: string): Promise<BottleRecord | undefined> {
  const text = await readTextIfThere(bottlePaths(id).recordPath);
  if (text === undefined) return undefined;
  const record = parseRecord(id, text);
  if (record !== undefined) return record;
  throw new BottleError(
    'usage',
    `the record of bottle ${id} is damaged, or of another version of bot-bottle`,
    {
      fix: `use that version, or look at ${bottlePaths(id).dir} and remove it by hand`,
    },
  );
}

/** What is on disk is ours, but a disk can be full and a version can be older: the parts that are relied on are looked at. */
function parseRecord(id: string, text: string): BottleRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<BottleRecord> | null;
    const isWhole =
      record?.version === 1 &&
      record.id === id &&
      PHASES.some((phase) => phase === record.phase) &&
      typeof record.owner?.pid === 'number' &&
      typeof record.startedAt === 'string' &&
      typeof record.spec?.rung.engine === 'string' &&
      typeof record.workspace?.mode === 'string' &&
      Array.isArray(record.resources);
    return isWhole ? (record as BottleRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** The ids of all bottles. */
async function listIds(): Promise<string[]> {
  return (await namesIfThere(bottlesDir())).filter((name) => !isPassing(name)).sort();
}

export interface AllRecords {
  /** Oldest start first. */
  readonly records: readonly BottleRecord[];
  /** Bottles whose record cannot be read, each with the reason; one of them must not be in the way of the others. */
  readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
  /** The folders whose record cannot be read, or is not there. */
  readonly recordless: readonly string[];
}

/** Every bottle there is. */
export async function readAll(): Promise<AllRecords> {
  const ids = await listIds();
  const read = await Promise.allSettled(ids.map(readRecord));
  const records = read.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []));
  const known = new Set(records.map(({ id }) => id));
  return {
    // Not one that was removed meanwhile.
    recordless: ids.filter((id) => !known.has(id) && existsSync(bottlePaths(id).dir)),
    records: records.sort((a, b) => a.startedAt.localeCompare(b.startedAt)),
    unreadable: read.flatMap((result, index) =>
      result.status === 'rejected' ? [{ id: ids[index] ?? '', reason: reasonOf(result.reason) }] : [],
    ),
  };
}

/**
 * The bottle meant by an id, or by the name of an agent: its only bottle that is live, else its last one. For what
 * cannot be undone `mustBeOne` refuses to choose among several.
 * @throws BottleError `usage` when none is meant, or more than one could be
 */
export async function findRecord(idOrAgent: string, mustBeOne = false): Promise<BottleRecord> {
  const { records, unreadable } = await readAll();
  // Not "there is none": it says what is wrong with it.
  if (unreadable.some(({ id }) => id === idOrAgent)) await readRecord(idOrAgent);
  const exact = records.find((record) => record.id === idOrAgent);
  if (exact !== undefined) return exact;
  const named = records.filter((record) => record.agent === idOrAgent);
  const live = named.filter(({ phase }) => isLive(phase));
  const candidates = mustBeOne ? named : live.length > 0 ? live : named.slice(-1);
  if (candidates.length === 1 && candidates[0] !== undefined) return candidates[0];
  throw notOne(idOrAgent, candidates.length === 0 ? records : candidates, candidates.length);
}

const MOST_SHOWN = 10;

function notOne(idOrAgent: string, shown: readonly BottleRecord[], count: number): BottleError {
  const what = `${count === 0 ? 'no' : 'more than one'} bottle is called ${JSON.stringify(idOrAgent)}`;
  return new BottleError('usage', what, {
    details: shown
      .slice(-MOST_SHOWN)
      .map((record) => `${record.id}  ${record.phase}  started ${record.startedAt}`),
    fix: 'give an id of `bot-bottle ls`',
  });
}

/**
 * Removes all that is known of a bottle, its work included. First it is put out of the way in one step: no kill leaves a
 * folder without its record.
 */
export async function forget(id: string): Promise<void> {
  const passing = passingDir(ownIdentity(), id);
  const record = await readRecord(id).catch(() => undefined);
  try {
    await rename(bottlePaths(id).dir, passing);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  await removeFolder(passing, record?.spec.rung);
}
