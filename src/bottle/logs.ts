import { watch } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AuditLine } from '../gateway/config.ts';

/** The egress decisions of a bottle, from its audit log. */

/** How much of the log is in memory at a time: it may be larger than the longest string. */
const CHUNK_BYTES = 256 * 1024;

/** All decisions so far, oldest first, with the bytes that were known when a connection ended. */
export async function* readDecisions(auditPath: string, chunkBytes = CHUNK_BYTES): AsyncGenerator<AuditLine> {
  const bytesOf = new Map<string, number>();
  for await (const { text } of linesFrom(auditPath, 0, chunkBytes)) {
    const line = parse(text);
    if (line.event === 'end') bytesOf.set(line.id, line.bytes);
  }
  for await (const { text } of linesFrom(auditPath, 0, chunkBytes)) {
    const line = parse(text);
    if (line.event === 'decision') yield { ...line, bytes: bytesOf.get(line.id) ?? line.bytes };
  }
}

const parse = (text: string): AuditLine => JSON.parse(text) as AuditLine;

interface Line {
  readonly text: string;
  /** Where the next line begins in the file, in bytes. */
  readonly end: number;
}

const NEWLINE = 0x0a;

/** The complete lines from a position on; the last one may still be in writing. Nothing where there is no file. */
async function* linesFrom(path: string, start: number, chunkBytes: number): AsyncGenerator<Line> {
  await using file = await openIfThere(path);
  if (file === undefined) return;
  const chunk = Buffer.alloc(chunkBytes);
  let [position, rest] = [start, Buffer.alloc(0)];
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, position + rest.length);
    if (bytesRead === 0) return;
    // Cut as bytes: a chunk may end inside a character.
    rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let from = 0;
    for (let to = rest.indexOf(NEWLINE); to >= 0; to = rest.indexOf(NEWLINE, from)) {
      const text = rest.toString('utf8', from, to);
      from = to + 1;
      if (text !== '') yield { text, end: position + from };
    }
    position += from;
    rest = rest.subarray(from);
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const POLL_MS = 250;

/** Decisions as they are made, those so far first, until `signal` is aborted or `isOver` says that no more can come. */
export async function* followDecisions(
  auditPath: string,
  options: { readonly signal: AbortSignal; readonly isOver: () => Promise<boolean> },
): AsyncGenerator<AuditLine> {
  let position = 0;
  while (!options.signal.aborted) {
    const over = await options.isOver();
    for await (const { text, end } of linesFrom(auditPath, position, CHUNK_BYTES)) {
      position = end;
      const line = parse(text);
      if (line.event === 'decision') yield line;
    }
    if (over) return;
    await changeOf(dirname(auditPath), options.signal);
  }
}

/** Waits until something in the folder changes, at most `POLL_MS`. */
async function changeOf(folder: string, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, POLL_MS);
    const watcher = tryWatch(folder, done);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      watcher?.close();
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

function tryWatch(folder: string, onChange: () => void) {
  try {
    return watch(folder, onChange);
  } catch {
    return undefined; // no folder yet, or no inotify watches left: the timer does it
  }
}
