/** Where programs keep words and keys: the memory of processes, and small files. Whatever cannot be read is left out. */
import { closeSync, openSync, readFileSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processes } from './files.mjs';

const MOST_OF_REGION = 8 * 1024 * 1024;
const MOST_OF_ALL = 64 * 1024 * 1024;

/** The memory of the processes here that can be read, their stacks first, as arguments and variables lie there. */
export function* memoryTexts() {
  let left = MOST_OF_ALL;
  for (const pid of processes()) {
    for (const [from, length] of regions(pid)) {
      if (left <= 0) return;
      const bytes = bytesOf(`/proc/${pid}/mem`, from, length);
      left -= bytes.length;
      yield bytes.toString('latin1');
    }
  }
}

function regions(pid) {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8')
      .split('\n')
      .filter((line) => / rw/.test(line))
      .map((line) => line.match(/^([0-9a-f]+)-([0-9a-f]+) .*?(\[stack\])?$/))
      .filter(Boolean)
      .sort((one, other) => Number(other[3] !== undefined) - Number(one[3] !== undefined))
      .map(([, from, to]) => [
        parseInt(from, 16),
        Math.min(parseInt(to, 16) - parseInt(from, 16), MOST_OF_REGION),
      ]);
  } catch {
    return [];
  }
}

function bytesOf(path, at, length) {
  let file;
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

/** The small files of the places that programs are configured in, without following links. */
export function* fileTexts() {
  const queue = [
    process.env.HOME,
    '/tmp',
    '/run',
    '/etc',
    '/work',
    '/var',
    '/dev/shm',
    '/opt',
    '/srv',
    '/mnt',
    '/root',
  ];
  for (let seen = 0; queue.length > 0 && seen < MOST_FILES;) {
    const dir = queue.shift();
    for (const entry of entriesOf(dir)) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) queue.push(path);
      if (!entry.isFile() || seen++ > MOST_FILES) continue;
      yield startOf(path);
    }
  }
}

function entriesOf(dir) {
  try {
    return dir === undefined ? [] : readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}

function startOf(path) {
  try {
    return statSync(path).size > MOST_OF_FILE ? '' : readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
