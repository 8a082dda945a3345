import { constants, existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { BottleError, errnoOf } from '../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../host/files.ts';
import { escapeText } from '../ui/terminal/text.ts';
import type { Refs } from './git/refs.ts';
import { Tree } from './tree.ts';

/**
 * The base: what the agent started with, in a folder beside its working copy and out of its reach.
 *
 *   tree/        the files as they went in, or as they were last applied
 *   git/         an empty repository: git tells what is ignored without reading the agent's own repository
 *   record.json  written last: without it there is no base
 *   stage/       a copy of the changes while bot-bottle shows or applies them
 */
export const basePaths = (basePath: string) =>
  ({
    tree: join(basePath, 'tree'),
    git: join(basePath, 'git'),
    record: join(basePath, 'record.json'),
    stage: join(basePath, 'stage'),
  }) as const;

export interface BaseRecord {
  /** Paths that the copy left out. No file of the agent replaces them or anything below them. */
  readonly leftOut: readonly string[];
  readonly refs: Refs;
}

const schema = z.strictObject({
  version: z.literal(1),
  leftOut: z.array(z.string()),
  refs: z.record(z.string(), z.string()),
});

/** Writes the record in one step. */
export async function writeBaseRecord(basePath: string, record: BaseRecord): Promise<void> {
  await writeFileAtomic(basePaths(basePath).record, JSON.stringify({ version: 1, ...record }));
}

/**
 * Returns the record, or undefined if no copy was ever completed.
 * @throws BottleError `usage` if the file is damaged or from another version
 */
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

/** Undefined if the text is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The places of a bottle's work on the host. */
export interface WorkPlaces {
  /** The agent's working copy. The agent may be changing it. */
  readonly workPath: string;
  /** The folder of the base: see `basePaths`. */
  readonly basePath: string;
}

/**
 * Opens the agent's working copy. Does not follow a link in its place.
 * @throws BottleError `usage` if it is missing
 */
export const openWork = ({ workPath }: Pick<WorkPlaces, 'workPath'>): Tree =>
  openPlace(workPath, dirname(workPath));

/** Opens the files that the agent started with. @throws BottleError `usage` if they are missing */
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

/** @throws BottleError `usage` if the base is missing, so that the bottle's work cannot be compared */
export function checkBase({ basePath }: Pick<WorkPlaces, 'basePath'>): void {
  if (!existsSync(basePath)) throw goneError(basePath, dirname(basePath));
}

function goneError(path: string, bottlePath: string, cause?: unknown): BottleError {
  return new BottleError('usage', `the bottle’s folder ${escapeText(path)} is not there any more`, {
    fix: `put it back if it was moved; else copy what you need out of ${escapeText(bottlePath)}, then: bot-bottle rm --force ${escapeText(basename(bottlePath))}`,
    cause,
  });
}
