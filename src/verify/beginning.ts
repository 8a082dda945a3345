import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** Far more than any attempt writes. */
export const MOST_READ_BYTES = 1024 * 1024;

/**
 * What a file begins with, MOST_READ_BYTES at most, in a folder that everybody can write to: a link is not followed, and a
 * pipe not waited for. Nothing where there is no such file that can be read.
 */
export async function beginningOf(path: string): Promise<string> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return (await file.stat()).isFile() ? await readSome(file) : '';
  } catch {
    return '';
  }
}

async function readSome(file: FileHandle): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of file.createReadStream({ end: MOST_READ_BYTES - 1, autoClose: false }))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
