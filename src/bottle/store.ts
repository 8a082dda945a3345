import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../errors.ts';
import { makePrivateDir, readTextIfThere, removeTree, writeFileAtomic } from '../host/files.ts';
import { stateDir } from '../host/paths.ts';
import { isLive } from './phases.ts';
import type { BottleRecord } from './record.ts';

/** Bottles on disk: one folder each under the state folder. Making the folder is the lock on the id. */

const bottlesDir = (): string => join(stateDir(), 'bottles');

/** The folders and files of one bottle. */
export function bottlePaths(id: string) {
  const dir = join(bottlesDir(), id);
  return {
    dir,
    recordPath: join(dir, 'record.json'),
    receiptPath: join(dir, 'receipt.json'),
    auditDir: join(dir, 'audit'),
    auditPath: join(dir, 'audit', 'egress.jsonl'),
    /** Removed when the bottle ends: sockets, configuration, generated files. */
    runDir: join(dir, 'run'),
    /** The folder of the socket by which the bottle's sockets come to its gateway. */
    handoverDir: join(dir, 'run', 'handover'),
    workPath: join(dir, 'work'),
    basePath: join(dir, 'base'),
  } as const;
}

/** Claims a new id, `<agent>-<random>`, by making its folder. */
export async function claimId(agent: string): Promise<string> {
  await makePrivateDir(bottlesDir());
  const stem =
    agent
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 24) || 'agent';
  for (;;) {
    const id = `${stem}-${randomBytes(4).toString('hex')}`;
    try {
      await mkdir(bottlePaths(id).dir, { mode: 0o700 });
      return id;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** Writes the record, in one step. */
export async function writeRecord(record: BottleRecord): Promise<void> {
  await writeFileAtomic(bottlePaths(record.id).recordPath, `${JSON.stringify(record, null, 2)}\n`);
}

/** The record, or undefined where there is none (a crash between claiming the id and the first write). */
export async function readRecord(id: string): Promise<BottleRecord | undefined> {
  const text = await readTextIfThere(bottlePaths(id).recordPath);
  if (text === undefined) return undefined;
  const value = JSON.parse(text) as BottleRecord;
  if (value.version !== 1) {
    throw new BottleError('usage', `bottle ${id} was written by another version of bot-bottle`, {
      fix: `use that version, or remove ${bottlePaths(id).dir} by hand`,
    });
  }
  return value;
}

/** The ids of all bottles, claimed or recorded, oldest name first. */
export async function listIds(): Promise<string[]> {
  try {
    return (await readdir(bottlesDir())).sort();
  } catch {
    return [];
  }
}

/** All records, oldest start first. */
export async function listRecords(): Promise<BottleRecord[]> {
  const records = await Promise.all((await listIds()).map(readRecord));
  return records
    .filter((record) => record !== undefined)
    .sort((a, b) => a.startedAt.localeCompare(b.startedAt));
}

/**
 * The bottle meant by an id, or by the name of an agent: its only bottle that is live, else its last one. For what
 * cannot be undone `mustBeOne` refuses to choose among several.
 * @throws BottleError `usage` when none is meant, or more than one could be
 */
export async function findRecord(idOrAgent: string, mustBeOne = false): Promise<BottleRecord> {
  const records = await listRecords();
  const exact = records.find((record) => record.id === idOrAgent);
  if (exact !== undefined) return exact;
  const named = records.filter((record) => record.agent === idOrAgent);
  const live = named.filter(({ phase }) => isLive(phase));
  const candidates = mustBeOne ? named : live.length > 0 ? live : named.slice(-1);
  if (candidates.length === 1 && candidates[0] !== undefined) return candidates[0];
  throw notOne(idOrAgent, candidates.length === 0 ? records : candidates, candidates.length);
}

function notOne(idOrAgent: string, shown: readonly BottleRecord[], count: number): BottleError {
  const what = `${count === 0 ? 'no' : 'more than one'} bottle is called ${JSON.stringify(idOrAgent)}`;
  return new BottleError('usage', what, {
    details: shown.map((record) => `${record.id}  ${record.phase}  started ${record.startedAt}`),
    fix: 'give an id of `bot-bottle ls`',
  });
}

/** Removes all that is known of a bottle, its work included. */
export async function forget(id: string): Promise<void> {
  await removeTree(bottlePaths(id).dir);
}
