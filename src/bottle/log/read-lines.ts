import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { errnoOf } from '../../errors.ts';
import { readFileOfOurs } from '../../host/files.ts';

/** Files of lines, however long they are: no more than a line and a chunk are in memory. */

const CHUNK_BYTES = 256 * 1024;

export interface Line {
  /** Without its end, a character for each byte: a log is ASCII, and what is not must stay visible as what it is. */
  readonly text: string;
  /** Where the next line begins in the file, in bytes. */
  readonly end: number;
  /** False for what stands after the last line's end: it may still be in writing. */
  readonly isWhole: boolean;
}

/** All lines from a position on, in bytes. Nothing where there is no file. @throws as `readTextIfThere` */
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

/** Not through a link, and without waiting for the other end of a pipe: the folder belongs to whom the gateway runs as. */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
