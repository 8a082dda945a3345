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
import { ownIdentity, type ProcessIdentity, isRunning } from '../../host/processes.ts';
import { type BottleRecord, isLive, PHASES } from './record.ts';
import type { Driver, Rung } from '../../drivers/driver.ts';

/** Bottles on disk: one folder each in the state folder. Renaming the folder into place locks the id. */

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
    /** Signature of the log, written after the bottle has ended. */
    signaturePath: join(dir, 'audit', 'signature.json'),
    /** Sockets, configuration and generated files; removed when the bottle ends. */
    runDir: join(dir, 'run'),
    /** Folder of the socket by which the bottle hands its sockets to the gateway. */
    handoverDir: join(dir, 'run', 'handover'),
    workPath: join(dir, 'work'),
    basePath: join(dir, 'base'),
  } as const;
}

/** Whether the agent may have run: the receipt is written before it. */
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
 * Creates the bottle's folder with its first record in one step, so that a kill at any moment leaves no folder without
 * a record.
 * @throws Error if the id is taken
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

/** Folders that a killed process left while it created or removed them; the caller removes them. */
export async function leftOnTheWay(): Promise<string[]> {
  const left = (await namesIfThere(bottlesDir())).filter(isLeftPassing);
  return left.map((name) => join(bottlesDir(), name));
}

/** Removes partial versions of the record that a killed process left. Only for the one process that may write it. */
export async function removeUnfinishedRecords(id: string): Promise<void> {
  const { dir } = bottlePaths(id);
  const names = await readdir(dir);
  const unfinished = names.filter((name) => name.startsWith(`${RECORD_NAME}.`));
  await Promise.all(unfinished.map((name) => removeTree(join(dir, name))));
}

/** Writes the record in one step; on a full disk, uses the reserve. */
export async function writeRecord(record: BottleRecord): Promise<void> {
  await withReserve(async () => await writeFileAtomic(bottlePaths(record.id).recordPath, recordText(record)));
}

const recordText = (record: BottleRecord): string => `${JSON.stringify(record, null, 2)}\n`;

/**
 * The record, or undefined if there is none.
 * @throws BottleError `usage` if this version cannot read it
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

/** Checks the required parts of the record: a disk can be full, and the writer may be an older version. */
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
  /** Bottles with an unreadable record, each with the reason; they must not hide the others. */
  readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
  /** Folders whose record is missing or unreadable. */
  readonly recordless: readonly string[];
}

/** Reads the records of all bottles. */
export async function readAll(): Promise<AllRecords> {
  const ids = await listIds();
  const read = await Promise.allSettled(ids.map(readRecord));
  const records = read.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []));
  const known = new Set(records.map(({ id }) => id));
  return {
    // Without bottles that were removed meanwhile.
    recordless: ids.filter((id) => !known.has(id) && existsSync(bottlePaths(id).dir)),
    records: records.sort((a, b) => a.startedAt.localeCompare(b.startedAt)),
    unreadable: read.flatMap((result, index) =>
      result.status === 'rejected' ? [{ id: ids[index] ?? '', reason: reasonOf(result.reason) }] : [],
    ),
  };
}

/**
 * Finds a bottle by its id, or by its agent's name: the only live bottle of that agent, otherwise its last one.
 * `mustBeOne`, for actions that cannot be undone, refuses to choose among several.
 * @throws BottleError `usage` if none or more than one matches
 */
export async function findRecord(idOrAgent: string, mustBeOne = false): Promise<BottleRecord> {
  const { records, unreadable } = await readAll();
  // If the record is unreadable, this throws the reason instead of "no bottle".
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
 * Removes everything of a bottle, including its work. First renames its folder, so that a kill leaves no folder without
 * a record.
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

const NOT_ALLOWED: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/**
 * Removes a bottle's folder, or one in it, with its content. If this user may not remove files that an engine left
 * there as root, an engine removes them: the one of `rung`, otherwise the first that can. Throws the error of
 * `removeTree` if neither can.
 */
export async function removeFolder(path: string, rung?: Rung): Promise<void> {
  try {
    await removeTree(path);
  } catch (error) {
    if (!NOT_ALLOWED.has(errnoOf(error) ?? '') || !(await emptiedByEngine(path, rung))) throw error;
    await removeTree(path);
  }
}

/** Without an address on record, tries every driver: any engine may have written to a folder that a kill left. */
async function emptiedByEngine(path: string, rung: Rung | undefined): Promise<boolean> {
  // Loaded on demand: rarely needed, and not by code that only reads records.
  const { DRIVERS, driverOf } = await import('../../drivers/index.ts');
  if (rung?.address !== undefined) return await empties(driverOf(rung), path, rung);
  for (const driver of DRIVERS) if (await empties(driver, path)) return true;
  return false;
}

async function empties({ emptyAsRoot }: Driver, path: string, rung?: Rung): Promise<boolean> {
  if (emptyAsRoot === undefined) return false;
  return await emptyAsRoot(path, rung).then(
    () => true,
    () => false,
  );
}

/**
 * Names for folders of a bottle or a check that are being created or removed: hidden, and with the identity of the
 * process at work, so that a kill at any moment leaves a folder that can be recognised.
 */

/** The temporary name of a folder. */
export const passingName = ({ pid, startTicks }: ProcessIdentity, name: string): string =>
  `.passing-${pid}-${startTicks}-${name}`;

/** Whether a folder has a temporary name whose process no longer runs. */
export function isLeftPassing(name: string): boolean {
  const [, pid, startTicks] = /^\.passing-(\d+)-(\d+)-/.exec(name) ?? [];
  return pid !== undefined && startTicks !== undefined && !isRunning({ pid: Number(pid), startTicks });
}

/** Whether a folder has a temporary name. */
export const isPassing = (name: string): boolean => name.startsWith('.passing-');
