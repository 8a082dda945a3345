import { watch } from 'node:fs';
import { dirname } from 'node:path';
import type { AuditLine } from '../gateway/config.ts';
import { readLines } from './log/read-lines.ts';

/** The egress decisions of a bottle, from its audit log. */

/** All lines so far, oldest first. The last one may still be in writing: it is left out. */
export async function* readLog(auditPath: string, chunkBytes?: number): AsyncGenerator<AuditLine> {
  for await (const { text, isWhole } of readLines(auditPath, 0, chunkBytes)) {
    if (isWhole && text !== '') yield parse(text);
  }
}

/** All decisions so far, oldest first, with what was known when a connection ended. */
export async function* readDecisions(auditPath: string, chunkBytes?: number): AsyncGenerator<AuditLine> {
  const ends = new Map<string, Outcome>();
  for await (const line of readLog(auditPath, chunkBytes)) {
    if (line.event === 'end') ends.set(line.id, outcomeOf(line));
  }
  for await (const line of readLog(auditPath, chunkBytes)) {
    if (line.event === 'decision') yield { ...line, ...ends.get(line.id) };
  }
}

type Outcome = Pick<AuditLine, 'bytes' | 'ms' | 'status' | 'up' | 'down' | 'usage'>;

/** In JSON, what is undefined is not there. */
function outcomeOf({ bytes, ms, status, up, down, usage }: AuditLine): Outcome {
  return { bytes, ms, status, up, down, usage };
}

const parse = (text: string): AuditLine => JSON.parse(text) as AuditLine;

const POLL_MS = 250;

/** Decisions as they are made, those so far first, until `signal` is aborted or `isOver` says that no more can come. */
export async function* followDecisions(
  auditPath: string,
  options: { readonly signal: AbortSignal; readonly isOver: () => Promise<boolean> },
): AsyncGenerator<AuditLine> {
  let position = 0;
  while (!options.signal.aborted) {
    const over = await options.isOver();
    for await (const { text, end, isWhole } of readLines(auditPath, position)) {
      if (!isWhole || text === '') continue;
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
