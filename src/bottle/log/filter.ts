import { BottleError } from '../../errors.ts';
import type { AuditLine } from '../../gateway/config.ts';

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
