import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { BottleError } from '../../errors.ts';
import type { AuditLine } from '../../gateway/config.ts';
import { readLines } from './read-lines.ts';
import { Summing, type LogSummary } from './summary.ts';

/** The egress decisions of a bottle, from its audit log. */

/** Receives the number, from 1, of a line that no gateway wrote. */
type OnStray = (lineNumber: number) => void;

const refuseStray: OnStray = (lineNumber) => {
  throw new BottleError('verifyFailed', `line ${lineNumber} of the log is none of the gateway's`, {
    fix: 'bot-bottle logs verify shows the changed lines',
  });
};

interface ReadOptions {
  readonly filter?: LogFilter;
  /** Read size in bytes. */
  readonly chunkBytes?: number;
  /** Called for a line that no gateway wrote, which is then skipped. By default such a line is an error. */
  readonly onStray?: OnStray;
}

/**
 * Summarises the lines so far that the filter selects.
 * @throws BottleError `verifyFailed` for a line that no gateway wrote, without `onStray`
 */
export async function summarizeLog(
  auditPath: string,
  { filter = {}, ...options }: ReadOptions = {},
): Promise<LogSummary> {
  const summing = new Summing();
  for await (const line of readLog(auditPath, options)) {
    if (isMeant(filter, line)) summing.add(line);
    else summing.passOver(line);
  }
  return summing.result();
}

/** All lines so far, oldest first. Skips a last line without its end: the gateway may still be writing it. */
async function* readLog(
  auditPath: string,
  { chunkBytes, onStray = refuseStray }: Omit<ReadOptions, 'filter'>,
): AsyncGenerator<AuditLine> {
  let lineNumber = 0;
  for await (const { text, isWhole } of readLines(auditPath, 0, chunkBytes)) {
    lineNumber += 1;
    if (!isWhole || text === '') continue;
    const line = parseLine(text);
    if (line === undefined) onStray(lineNumber);
    else yield line;
  }
}

/**
 * The decisions so far that the filter selects, oldest first, each with the outcome of its connection.
 * @throws BottleError `verifyFailed` for a line that no gateway wrote, without `onStray`
 */
export async function* readDecisions(
  auditPath: string,
  { filter = {}, ...options }: ReadOptions = {},
): AsyncGenerator<AuditLine> {
  const ends = new Map<string, Outcome>();
  for await (const line of readLog(auditPath, options)) {
    if (line.event === 'end' && isMeant(filter, line)) ends.set(line.id, outcomeOf(line));
  }
  // The first pass has reported each stray line.
  for await (const line of readLog(auditPath, { ...options, onStray: () => undefined })) {
    if (line.event === 'decision' && isMeant(filter, line)) yield { ...line, ...ends.get(line.id) };
  }
}

type Outcome = Pick<AuditLine, 'bytes' | 'ms' | 'status' | 'up' | 'down' | 'usage' | 'ended'>;

/** JSON omits members that are undefined. */
function outcomeOf({ bytes, ms, status, up, down, usage, reason }: AuditLine): Outcome {
  return { bytes, ms, status, up, down, usage, ended: reason === ORDINARY ? undefined : reason };
}

const ORDINARY = 'closed';

const POLL_MS = 250;

interface FollowOptions {
  readonly filter: LogFilter;
  readonly signal: AbortSignal;
  readonly isOver: () => Promise<boolean>;
  readonly onStray: OnStray;
}

/**
 * Decisions as the gateway makes them, earlier ones first, until `signal` aborts or `isOver` says that no more can
 * come.
 */
export async function* followDecisions(auditPath: string, options: FollowOptions): AsyncGenerator<AuditLine> {
  let [position, lineNumber] = [0, 0];
  while (!options.signal.aborted) {
    const over = await options.isOver();
    for await (const { text, end, isWhole } of readLines(auditPath, position)) {
      if (!isWhole) continue;
      [position, lineNumber] = [end, lineNumber + 1];
      if (text === '') continue;
      const line = parseLine(text);
      if (line === undefined) options.onStray(lineNumber);
      else if (line.event === 'decision' && isMeant(options.filter, line)) yield line;
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
    return undefined; // no folder yet, or no inotify watches left: the timer replaces the watcher
  }
}

/** Members that every line has, with their types. */
const LINE_MEMBER_TYPES = {
  id: 'string',
  event: 'string',
  time: 'string',
  verdict: 'string',
  rule: 'string',
  via: 'string',
  host: 'string',
  method: 'string',
  path: 'string',
  reason: 'string',
  port: 'number',
  bytes: 'number',
} as const satisfies Partial<Record<keyof AuditLine, string>>;

/** A line of an audit log; undefined for a line that no gateway wrote. `logs verify` shows whether it was changed. */
function parseLine(text: string): AuditLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<AuditLine> | null;
    const isWhole = Object.entries(LINE_MEMBER_TYPES).every(
      ([name, type]) => typeof line?.[name as keyof typeof LINE_MEMBER_TYPES] === type,
    );
    const { findings = [] } = line ?? {};
    return isWhole && Array.isArray(findings) ? (line as AuditLine) : undefined;
  } catch {
    return undefined;
  }
}

/** Selects lines of a log; an empty filter selects all. */
export interface LogFilter {
  /** A host, or `*.example.org` for its subdomains. With a port as log lines show it, only that port. */
  readonly host?: string | undefined;
  /** A rule's id, or the common beginning of several: `egress.allow`, `gateway`. */
  readonly rule?: string | undefined;
  readonly verdict?: AuditLine['verdict'] | undefined;
  /** In milliseconds since the epoch. */
  readonly sinceMs?: number | undefined;
}

/** Whether the filter selects the line. */
export function isMeant({ host, rule, verdict, sinceMs }: LogFilter, line: AuditLine): boolean {
  if (verdict !== undefined && line.verdict !== verdict) return false;
  if (host !== undefined && !namesHost(host.toLowerCase(), line)) return false;
  if (rule !== undefined && !namesRule(rule, line.rule)) return false;
  return sinceMs === undefined || Date.parse(line.time) >= sinceMs;
}

function namesHost(wanted: string, { host, port }: AuditLine): boolean {
  const names = [host, `${host}:${port}`];
  return wanted.startsWith('*.')
    ? names.some((name) => name.endsWith(wanted.slice(1)))
    : names.includes(wanted);
}

/** `egress.allow[1]` does not match `egress.allow[12]`, nor `gateway.mis` match `gateway.mismatch`. */
function namesRule(wanted: string, rule: string): boolean {
  return rule.startsWith(wanted) && !/^[\w-]/.test(rule.slice(wanted.length));
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Parses `90s`, `10m`, `2h` or `3d` before now, or a time in ISO 8601, into milliseconds since the epoch.
 * @throws BottleError `usage`
 */
export function parseSince(text: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return nowMs - Number(count) * (UNIT_MS[unit] ?? 0);
  const atMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw new BottleError('usage', `${JSON.stringify(text)} is not a time`, {
    fix: '--since 10m, 2h or 3d, or a time such as 2026-01-31T08:00:00Z',
  });
}
