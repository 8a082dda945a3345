import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { processes } from './processes.ts';

/** Reads where programs keep words and keys: the memory of processes, and small files. Skips what it cannot read. */

const MOST_OF_REGION = 8 * 1024 * 1024;
const MOST_OF_ALL = 64 * 1024 * 1024;

/**
 * Yields the readable memory of all processes here: stacks first, because they hold arguments and variables, and large
 * regions last, so that one large program does not use up the limit.
 */
export function* memoryTexts(): Generator<string> {
  let left = MOST_OF_ALL;
  const found = processes().flatMap(regions);
  found.sort(
    (one, other) => Number(other.isStack) - Number(one.isStack) || one.lengthBytes - other.lengthBytes,
  );
  for (const region of found) {
    if (left <= 0) return;
    const bytes = bytesOf(region);
    left -= bytes.length;
    yield bytes.toString('latin1');
  }
}

interface Region {
  readonly pid: string;
  readonly from: number;
  readonly lengthBytes: number;
  readonly isStack: boolean;
}

function regions(pid: string): Region[] {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8')
      .split('\n')
      .filter((line) => / rw/.test(line))
      .map((line) => /^([0-9a-f]+)-([0-9a-f]+) .*?(\[stack\])?$/.exec(line))
      .filter((match) => match !== null)
      .map(([, from = '', to = '', stack]) => ({
        pid,
        from: parseInt(from, 16),
        lengthBytes: Math.min(parseInt(to, 16) - parseInt(from, 16), MOST_OF_REGION),
        isStack: stack !== undefined,
      }));
  } catch {
    return [];
  }
}

function bytesOf({ pid, from, lengthBytes }: Region): Buffer {
  let file: number | undefined;
  try {
    file = openSync(`/proc/${pid}/mem`, 'r');
    const bytes = Buffer.alloc(lengthBytes);
    return bytes.subarray(0, readSync(file, bytes, 0, lengthBytes, from));
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const MOST_FILES = 4_000;
/** Limit of a file's size, in bytes; a system's bundle of trusted certificates is half as large. */
const MOST_OF_FILE = 512 * 1024;
const FOLDERS = ['/tmp', '/run', '/etc', '/work', '/var', '/dev/shm', '/opt', '/srv', '/mnt', '/root'];

/** Yields the small files of folders with configuration, without following links. */
export function* fileTexts(): Generator<string> {
  const { HOME = '' } = process.env;
  const queue = [HOME, ...FOLDERS];
  for (let seen = 0; queue.length > 0 && seen < MOST_FILES;) {
    const dir = queue.shift() ?? '';
    for (const entry of entriesOf(dir)) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) queue.push(path);
      if (!entry.isFile() || seen++ > MOST_FILES) continue;
      yield textOf(path);
    }
  }
}

function entriesOf(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Returns an empty text for large files. */
function textOf(path: string): string {
  try {
    return statSync(path).size > MOST_OF_FILE ? '' : readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
