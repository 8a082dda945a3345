import { watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AuditLine } from '../gateway/config.ts';
import { readTextIfThere } from '../host/files.ts';

/** The egress decisions of a bottle, from its audit log. */

/** All decisions so far, oldest first, with the bytes that were known when a connection ended. */
export async function readDecisions(auditPath: string): Promise<AuditLine[]> {
  return joinEnds(parseLines((await readTextIfThere(auditPath)) ?? ''));
}

function joinEnds(lines: readonly AuditLine[]): AuditLine[] {
  const bytesOf = new Map(lines.filter(({ event }) => event === 'end').map(({ id, bytes }) => [id, bytes]));
  return lines
    .filter(({ event }) => event === 'decision')
    .map((line) => ({ ...line, bytes: bytesOf.get(line.id) ?? line.bytes }));
}

/** Complete lines only: the last one may still be in writing. */
function parseLines(text: string): AuditLine[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditLine);
}

const POLL_MS = 250;

/** Decisions as they are made, those so far first, until `signal` is aborted or `isOver` says that no more can come. */
export async function* followDecisions(
  auditPath: string,
  options: { readonly signal: AbortSignal; readonly isOver: () => Promise<boolean> },
): AsyncGenerator<AuditLine> {
  let position = 0;
  let rest = '';
  while (!options.signal.aborted) {
    const over = await options.isOver();
    const text = await readFrom(auditPath, position);
    position += Buffer.byteLength(text);
    rest += text;
    yield* parseLines(rest).filter(({ event }) => event === 'decision');
    rest = rest.slice(rest.lastIndexOf('\n') + 1);
    if (over) return;
    await changeOf(dirname(auditPath), options.signal);
  }
}

async function readFrom(path: string, position: number): Promise<string> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.max(0, size - position));
    await file.read(buffer, 0, buffer.length, position);
    // A line is one write, so a read ends between lines or before the newest one's end; never inside a character.
    return buffer.subarray(0, buffer.lastIndexOf(0x0a) + 1).toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
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
