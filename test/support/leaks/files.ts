import { readFileSync } from 'node:fs';
import { run } from '../../../src/host/run.ts';
import { namesIn, type Needle } from './needles.ts';

/** Where programs of a bottle, its launcher and its engine could have written something on this host. */
const FOLDERS = ['/tmp', '/var/tmp', '/var/log', '/var/lib/docker', '/run', '/dev/shm', '/root'];

/** More is nobody's log or state. */
const MOST_BYTES = 256 * 1024 ** 2;

/**
 * The files of this host, changed since a time in which a needle stands, a line each. A file's time of change (ctime) is the
 * kernel's; nobody sets it.
 */
export async function filesWith(sinceMs: number, needles: readonly Needle[]): Promise<string[]> {
  const { stdout } = await run('find', [
    ...FOLDERS,
    '-type',
    'f',
    '-newerct',
    `@${sinceMs / 1000}`,
    '-size',
    `-${MOST_BYTES}c`,
    '-print0',
  ]);
  return stdout.split('\0').flatMap((path) => {
    const names = path === '' ? [] : namesIn(bytesOf(path), needles);
    return names.map((name) => `${path}: ${name}`);
  });
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0); // gone meanwhile
  }
}
