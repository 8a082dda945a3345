import { constants, existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { BottleError, errnoOf } from '../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../host/files.ts';
import { escapeText } from '../ui/terminal/text.ts';
import type { Refs } from './git/refs.ts';
import { Tree } from './tree.ts';

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
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new BottleError(
    'usage',
    `${basePaths(basePath).record} was written by another version of bot-bottle, or is damaged`,
    {
      fix: `use that version; else copy what you need out of ${join(dirname(basePath), 'work')}, and only then remove ${dirname(basePath)}`,
    },
  );
}

/** Undefined where it is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where a bottle's work is, on the host. */
export interface WorkPlaces {
  /** The agent's copy; it may be at work there. */
  readonly workPath: string;
  /** What it started with: see above. */
  readonly basePath: string;
}

/**
 * The agent's copy. A link in its place is not followed.
 * @throws BottleError `usage` where it is gone
 */
export const openWork = ({ workPath }: Pick<WorkPlaces, 'workPath'>): Tree =>
  openPlace(workPath, dirname(workPath));

/** What the agent started with. @throws BottleError `usage` where it is gone */
export const openBase = ({ basePath }: Pick<WorkPlaces, 'basePath'>): Tree =>
  openPlace(basePaths(basePath).tree, dirname(basePath));

function openPlace(path: string, bottlePath: string): Tree {
  try {
    return new Tree(path, constants.O_NOFOLLOW);
  } catch (error) {
    if (!GONE.has(errnoOf(error) ?? '')) throw error;
    throw goneError(path, bottlePath, error);
  }
}

const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/** @throws BottleError `usage` where nothing of the bottle's work can be compared any more */
export function checkBase({ basePath }: Pick<WorkPlaces, 'basePath'>): void {
  if (!existsSync(basePath)) throw goneError(basePath, dirname(basePath));
}

function goneError(path: string, bottlePath: string, cause?: unknown): BottleError {
  return new BottleError('usage', `the bottle’s folder ${escapeText(path)} is not there any more`, {
    fix: `put it back if it was moved; else copy what you need out of ${escapeText(bottlePath)}, then: bot-bottle rm --force ${escapeText(basename(bottlePath))}`,
    cause,
  });
}
