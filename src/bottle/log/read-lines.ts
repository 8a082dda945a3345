import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { errnoOf } from '../../errors.ts';
import { readFileOfOurs } from '../../host/files.ts';

/** Reads files of lines of any length: keeps at most one line and one chunk in memory. */

const CHUNK_BYTES = 256 * 1024;

export interface Line {
  /** Without the line end; one character per byte. A log is ASCII, and other bytes must stay visible. */
  readonly text: string;
  /** Position in the file, in bytes, of the next line. */
  readonly end: number;
  /** False for text after the last line end: the gateway may still be writing it. */
  readonly isWhole: boolean;
}

/** All lines from `start`, in bytes; nothing if the file does not exist. @throws as `readTextIfThere` */
export async function* readLines(path: string, start = 0, chunkBytes = CHUNK_BYTES): AsyncGenerator<Line> {
  await using file = await readFileOfOurs(path, async () => await openIfThere(path));
  if (file === undefined) return;
  const chunk = Buffer.alloc(chunkBytes);
  const readInto = async (at: number) =>
    await readFileOfOurs(path, async () => await file.read(chunk, 0, chunkBytes, at));
  let [position, rest] = [start, ''];
  for (;;) {
    const { bytesRead } = await readInto(position + rest.length);
    if (bytesRead === 0) break;
    rest += chunk.toString('latin1', 0, bytesRead);
    let from = 0;
    for (let to = rest.indexOf('\n'); to >= 0; to = rest.indexOf('\n', from)) {
      const text = rest.slice(from, to);
      from = to + 1;
      yield { text, end: position + from, isWhole: true };
    }
    position += from;
    rest = rest.slice(from);
  }
  if (rest !== '') yield { text: rest, end: position + rest.length, isWhole: false };
}

/** Follows no link and does not wait for the other end of a pipe: the folder belongs to the gateway's user. */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
