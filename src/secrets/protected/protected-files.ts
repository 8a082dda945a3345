import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, isAbsolute, join, sep } from 'node:path';
import { BottleError, reasonOf } from '../../errors.ts';
import { valuesIn, type FileValues } from './values.ts';

/** Reads the host's protected files when a bottle starts: their values must not leave it. */

const MAX_FILE_BYTES = 256 * 1024;
const MAX_FILES = 500;
const MAX_VALUES = 2_000;

export interface Protected extends FileValues {
  /** The patterns that match no file. */
  readonly idle: readonly string[];
}

/**
 * Returns the values in the files that match the patterns. A relative pattern starts at `projectPath`. `*` matches any
 * text within a name, `**` any folders. A pattern without a match is no error, since there is nothing to protect;
 * `idle` lists it, since it may be a mistake.
 * @throws BottleError `manifest`: a file is unreadable or too large, or there are too many files or values
 */
export async function protectedValues(patterns: readonly string[], projectPath: string): Promise<Protected> {
  const paths = new Set<string>();
  const idle: string[] = [];
  for (const pattern of patterns) {
    const whole = isAbsolute(pattern) ? pattern : join(projectPath, pattern);
    const found = await filesOf(whole);
    if (found.length === 0) idle.push(pattern);
    for (const path of found) paths.add(path);
    if (paths.size > MAX_FILES) throw tooMuch(`${MAX_FILES} files`);
  }
  const files = await Promise.all([...paths].map(readValues));
  const values = files.flatMap((file) => file.values);
  if (values.length > MAX_VALUES) throw tooMuch(`${MAX_VALUES} values`);
  return { values, plain: files.flatMap((file) => file.plain), idle };
}

const tooMuch = (limit: string): BottleError =>
  new BottleError('manifest', `egress.protect covers more than ${limit}`, {
    fix: 'name the files that hold secrets, not the folders around them',
  });

/** Finds regular files only and never follows a link: a pattern must name the link's target itself. */
async function filesOf(pattern: string): Promise<string[]> {
  const parts = pattern.split(sep);
  const first = parts.findIndex((part) => part.includes('*'));
  if (first === -1) return (await isFile(pattern)) ? [pattern] : [];
  return await walk(parts.slice(0, first).join(sep) || sep, parts.slice(first));
}

async function walk(dir: string, [part = '', ...rest]: readonly string[]): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const found = entries.map(async (entry): Promise<string[]> => {
    const path = join(dir, entry.name);
    if (part === '**') {
      const deeper = entry.isDirectory() ? await walk(path, [part, ...rest]) : [];
      const here = rest.length === 0 ? (entry.isFile() ? [path] : []) : [];
      return [...deeper, ...here];
    }
    if (!matches(part, entry.name)) return [];
    if (rest.length === 0) return entry.isFile() ? [path] : [];
    return entry.isDirectory() ? await walk(path, rest) : [];
  });
  const direct = part === '**' && rest.length > 0 ? await walk(dir, rest) : [];
  return [...(await Promise.all(found)).flat(), ...direct];
}

function matches(glob: string, name: string): boolean {
  const escaped = glob.split('*').map((text) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 's').test(name);
}

async function isFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isFile() === true;
}

async function readValues(path: string): Promise<FileValues> {
  const { size } = await lstat(path);
  if (size > MAX_FILE_BYTES) {
    throw new BottleError(
      'manifest',
      `egress.protect covers ${path}, which is larger than ${MAX_FILE_BYTES} bytes`,
      {
        fix: 'name the files that hold secrets, not the folders around them',
      },
    );
  }
  try {
    return valuesIn(basename(path), await readFile(path, 'utf8'));
  } catch (error) {
    throw new BottleError(
      'manifest',
      `egress.protect covers ${path}, which cannot be read: ${reasonOf(error)}`,
      {
        fix: 'make it readable for you, or leave it out',
        cause: error,
      },
    );
  }
}
