import { dirname, join } from 'node:path';
import * as z from 'zod';
import { BottleError } from '../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../host/files.ts';
import type { Refs } from './refs.ts';

/**
 * What the agent started with, out of its reach: a folder beside the copy it works in.
 *
 *   tree/        the files as they went in, or as they were last applied
 *   git/         an empty repository, so that git can tell what is ignored without reading the agent's own
 *   record.json  written last: without it there is no base
 *   stage/       a copy of the changes, while they are being shown or applied
 */
export const basePaths = (basePath: string) =>
  ({
    tree: join(basePath, 'tree'),
    git: join(basePath, 'git'),
    record: join(basePath, 'record.json'),
    stage: join(basePath, 'stage'),
  }) as const;

export interface BaseRecord {
  /** What was left out of the copy: nothing of the agent's by that name, or below it, replaces it. */
  readonly leftOut: readonly string[];
  readonly refs: Refs;
}

const schema = z.strictObject({
  version: z.literal(1),
  leftOut: z.array(z.string()),
  refs: z.record(z.string(), z.string()),
});

/** Writes the record, in one step. */
export async function writeBaseRecord(basePath: string, record: BaseRecord): Promise<void> {
  await writeFileAtomic(basePaths(basePath).record, JSON.stringify({ version: 1, ...record }));
}

/** The record, or undefined where no copy was ever completed. */
export async function readBaseRecord(basePath: string): Promise<BaseRecord | undefined> {
  const text = await readTextIfThere(basePaths(basePath).record);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new BottleError(
    'usage',
    `${basePaths(basePath).record} was written by another version of bot-bottle`,
    {
      fix: `use that version; else copy what you need out of ${join(dirname(basePath), 'work')}, and only then remove ${dirname(basePath)}`,
    },
  );
}
