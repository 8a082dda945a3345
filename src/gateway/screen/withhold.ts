import type { Entry } from '../audit/line.ts';
import type { Finding, Told } from '../dlp/finding.ts';

/** In the place of what carried a secret. */
export const WITHHELD = '(withheld)';

export type Tell = (told: Told) => readonly Finding[];

const NOTHING = { host: '', path: '', method: '' };
const CARRIERS = ['host', 'path', 'method'] as const;

/**
 * The line of a refusal as it may be written: the log never holds a secret, also where the request was refused for something
 * else before anybody looked at what is in it. What is there is named as a finding.
 */
export function withholding(entry: Entry, tell: Tell): Entry {
  if (entry.findings !== undefined && entry.findings.length > 0) return entry;
  const findings = tell(entry);
  if (findings.length === 0) return entry;
  const carries = (member: string): boolean => findings.some(({ where }) => where === member);
  const carriers = CARRIERS.filter(carries);
  // Reasons tell hosts and paths too, in whatever spelling.
  const replaced = carriers.reduce(
    (text, member) => text.replaceAll(entry[member] || WITHHELD, WITHHELD),
    entry.reason,
  );
  const stillTells = carries('reason') && tell({ ...NOTHING, reason: replaced }).length > 0;
  const shown = Object.fromEntries(carriers.map((member) => [member, WITHHELD]));
  return { ...entry, ...shown, reason: stillTells ? WITHHELD : replaced, findings };
}
