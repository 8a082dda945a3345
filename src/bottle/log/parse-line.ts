import type { AuditLine } from '../../gateway/config.ts';

/** Members that are on every line. */
const TYPES = {
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

/** A line of an audit log; undefined for what no gateway writes. Whether it was changed, `logs verify` says. */
export function parseLine(text: string): AuditLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<AuditLine> | null;
    const isWhole = Object.entries(TYPES).every(
      ([name, type]) => typeof line?.[name as keyof typeof TYPES] === type,
    );
    const { findings = [] } = line ?? {};
    return isWhole && Array.isArray(findings) ? (line as AuditLine) : undefined;
  } catch {
    return undefined;
  }
}
