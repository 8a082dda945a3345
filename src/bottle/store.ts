import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../errors.ts';
import { makePrivateDir, readTextIfThere, removeTree, writeFileAtomic } from '../host/files.ts';
import { stateDir } from '../host/paths.ts';
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
 * The bottle meant by an id, or by the name of an agent of which there is exactly one bottle.
 * @throws BottleError `usage` when there is none or more than one
 */
export async function findRecord(idOrAgent: string): Promise<BottleRecord> {
  const records = await listRecords();
  const exact = records.find((record) => record.id === idOrAgent);
  if (exact !== undefined) return exact;
  const named = records.filter(
    (record) => record.agent === idOrAgent || record.id.startsWith(`${idOrAgent}-`),
  );
  if (named.length === 1 && named[0] !== undefined) return named[0];
  throw new BottleError(
    'usage',
    `${named.length === 0 ? 'no' : 'more than one'} bottle is called ${JSON.stringify(idOrAgent)}`,
    {
      details: (named.length === 0 ? records : named).map((record) => `${record.id}  ${record.phase}`),
      fix: 'give an id of `bot-bottle ls`',
    },
  );
}

/** Removes all that is known of a bottle, its work included. */
export async function forget(id: string): Promise<void> {
  await removeTree(bottlePaths(id).dir);
}
