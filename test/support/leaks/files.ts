import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { run } from '../../../src/host/run.ts';
import { namesIn, type Needle } from './needles.ts';

/** Folders in which a bottle's programs, its launcher and its engine could have written files on this host. */
const FOLDERS = ['/tmp', '/var/tmp', '/var/log', '/var/lib/docker', '/run', '/dev/shm', '/root'];

/** A file with more bytes on disk is not a log or state. */
const MOST_BYTES = 256 * 1024 ** 2;
const FIND_MS = 150_000;
/** The unit of `%b` of find(1). */
const BLOCK_BYTES = 512;

/**
 * Returns a line for each needle in a file of this host that changed since `sinceMs`. The kernel sets the time of
 * change (ctime), and no program can.
 */
export async function filesWith(sinceMs: number, needles: readonly Needle[]): Promise<string[]> {
  const args = [...FOLDERS, '-type', 'f', '-newerct', `@${sinceMs / 1000}`, '-printf', '%s %b %p\\0'];
  const { stdout, timedOut } = await run('find', args, { timeoutMs: FIND_MS });
  // An incomplete search would look like one that found nothing.
  if (timedOut) throw new Error(`find did not end within ${FIND_MS / 1_000} s`);
  return stdout.split('\0').flatMap((line) => {
    const [, size, blocks, path = ''] = /^(\d+) (\d+) ([^]*)$/.exec(line) ?? [];
    const onDiskBytes = Number(blocks) * BLOCK_BYTES;
    if (path === '' || onDiskBytes > MOST_BYTES) return [];
    const isSparse = Number(size) > MOST_BYTES;
    return namesIn(bytesOf(path, isSparse), needles).map((name) => `${path}: ${name}`);
  });
}

/** Reads only the written parts of a machine's disk. */
function bytesOf(path: string, isSparse: boolean): Buffer {
  try {
    if (!isSparse) return readFileSync(path);
    const flags = ['--create', '--sparse', '--absolute-names', '--file=-'];
    return execFileSync('tar', [...flags, path], {
      maxBuffer: 2 * MOST_BYTES,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return Buffer.alloc(0); // deleted meanwhile
  }
}
