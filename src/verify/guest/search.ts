import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { processes } from './processes.ts';

/** Where programs keep words and keys: the memory of processes, and small files. Whatever cannot be read is left out. */

const MOST_OF_REGION = 8 * 1024 * 1024;
const MOST_OF_ALL = 64 * 1024 * 1024;

/** The memory of the processes here that can be read, their stacks first, as arguments and variables lie there. */
export function* memoryTexts(): Generator<string> {
  let left = MOST_OF_ALL;
  for (const pid of processes()) {
    for (const { from, length } of regions(pid)) {
      if (left <= 0) return;
      const bytes = bytesOf(`/proc/${pid}/mem`, from, length);
      left -= bytes.length;
      yield bytes.toString('latin1');
    }
  }
}

interface Region {
  readonly from: number;
  readonly length: number;
}

function regions(pid: string): Region[] {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8')
      .split('\n')
      .filter((line) => / rw/.test(line))
      .map((line) => /^([0-9a-f]+)-([0-9a-f]+) .*?(\[stack\])?$/.exec(line))
      .filter((match) => match !== null)
      .sort((one, other) => Number(other[3] !== undefined) - Number(one[3] !== undefined))
      .map(([, from = '', to = '']) => ({
        from: parseInt(from, 16),
        length: Math.min(parseInt(to, 16) - parseInt(from, 16), MOST_OF_REGION),
      }));
  } catch {
    return [];
  }
}

function bytesOf(path: string, at: number, length: number): Buffer {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, at));
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const MOST_FILES = 4_000;
/** A bundle of all that a system trusts has half of it. */
const MOST_OF_FILE = 512 * 1024;
const FOLDERS = ['/tmp', '/run', '/etc', '/work', '/var', '/dev/shm', '/opt', '/srv', '/mnt', '/root'];

/** The small files of the places that programs are configured in, without following links. */
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

/** Of a large one, nothing. */
function textOf(path: string): string {
  try {
    return statSync(path).size > MOST_OF_FILE ? '' : readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
