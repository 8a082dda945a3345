import { watch } from 'node:fs';
import { dirname } from 'node:path';
import type { AuditLine } from '../gateway/config.ts';
import { isMeant, type LogFilter } from './log/filter.ts';
import { readLines } from './log/read-lines.ts';
import { Summing, type LogSummary } from './log/summary.ts';

/** The egress decisions of a bottle, from its audit log. */

/** What the lines so far that are meant come to. */
export async function summarizeLog(auditPath: string, filter: LogFilter): Promise<LogSummary> {
  const summing = new Summing();
  for await (const line of readLog(auditPath)) if (isMeant(filter, line)) summing.add(line);
  return summing.result();
}

/** All lines so far, oldest first. The last one may still be in writing: it is left out. */
async function* readLog(auditPath: string, chunkBytes?: number): AsyncGenerator<AuditLine> {
  for await (const { text, isWhole } of readLines(auditPath, 0, chunkBytes)) {
    if (isWhole && text !== '') yield parse(text);
  }
}

interface ReadOptions {
  readonly filter?: LogFilter;
  /** How much of the log is read at a time. */
  readonly chunkBytes?: number;
}

/** The decisions so far that are meant, oldest first, with what was known when a connection ended. */
export async function* readDecisions(
  auditPath: string,
  { filter = {}, chunkBytes }: ReadOptions = {},
): AsyncGenerator<AuditLine> {
  const ends = new Map<string, Outcome>();
  for await (const line of readLog(auditPath, chunkBytes)) {
    if (line.event === 'end' && isMeant(filter, line)) ends.set(line.id, outcomeOf(line));
  }
  for await (const line of readLog(auditPath, chunkBytes)) {
    if (line.event === 'decision' && isMeant(filter, line)) yield { ...line, ...ends.get(line.id) };
  }
}

type Outcome = Pick<AuditLine, 'bytes' | 'ms' | 'status' | 'up' | 'down' | 'usage'>;

/** In JSON, what is undefined is not there. */
function outcomeOf({ bytes, ms, status, up, down, usage }: AuditLine): Outcome {
  return { bytes, ms, status, up, down, usage };
}

const parse = (text: string): AuditLine => JSON.parse(text) as AuditLine;

const POLL_MS = 250;

interface FollowOptions {
  readonly filter: LogFilter;
  readonly signal: AbortSignal;
  readonly isOver: () => Promise<boolean>;
}

/** Decisions as they are made, those so far first, until `signal` is aborted or `isOver` says that no more can come. */
export async function* followDecisions(auditPath: string, options: FollowOptions): AsyncGenerator<AuditLine> {
  let position = 0;
  while (!options.signal.aborted) {
    const over = await options.isOver();
    for await (const { text, end, isWhole } of readLines(auditPath, position)) {
      if (!isWhole || text === '') continue;
      position = end;
      const line = parse(text);
      if (line.event === 'decision' && isMeant(options.filter, line)) yield line;
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
