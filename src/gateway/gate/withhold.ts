import type { Entry } from '../audit/line.ts';
import type { Finding, LogTexts } from '../dlp/finding.ts';
import type { Asked, Findings } from './gate.ts';

/** Replaces text that carried a secret. */
export const WITHHELD = '(withheld)';

export type InspectLogTexts = (texts: LogTexts) => readonly Finding[];

/** Minimum length of a piece. No existing method, and no `/`, is a piece of a secret. */
const SHORTEST_PIECE = 8;
const NOTHING = { host: '', path: '', method: '', reason: '' };
const CARRIERS = ['host', 'path', 'method'] as const;

/**
 * A finding in pieces has the place of its last piece. Earlier pieces may be in text inspected before. The line names
 * the host all the same.
 */
const LATER: Readonly<Record<(typeof CARRIERS)[number], readonly string[]>> = {
  host: [],
  path: ['method', 'reason'],
  method: ['reason'],
};

/**
 * Returns a line that is safe to write: the log never contains a secret, even where a request was refused for another
 * reason. Reports the withheld text as a finding.
 */
export function withholding(entry: Entry, inspectLogTexts: InspectLogTexts): Entry {
  const known = entry.findings ?? [];
  const wheres = known.map(({ where }) => where).filter((where) => !entry.reason.includes(where));
  const withWheres = (reason: string): string => [reason, ...wheres].join('\n');
  const asked = { ...entry, path: withJoined(entry.path) };
  const found = inspectLogTexts({ ...asked, reason: withWheres(entry.reason) });
  const carriers = CARRIERS.filter((member) => entry[member] !== '' && carries(found, member, entry[member]));
  // Reasons contain hosts and paths too, in any spelling.
  const replaced = carriers.reduce((text, member) => text.replaceAll(entry[member], WITHHELD), entry.reason);
  const rest = withWheres(replaced);
  const isCarrier = isIn('reason', found);
  const named = asName(rest, inspectLogTexts);
  const findings = [...known, ...eachOnce([...found, ...(isCarrier ? [] : named)])];
  if (findings.length === known.length) return entry;
  const stillReveals =
    named.length > 0 || (isCarrier && isIn('reason', inspectLogTexts({ ...asked, reason: rest })));
  return {
    ...entry,
    ...Object.fromEntries(carriers.map((member) => [member, WITHHELD])),
    reason: stillReveals ? WITHHELD : replaced,
    findings: stillReveals ? withoutWhere(findings, known.length) : findings,
  };
}

/** Joins a path's segments, which may be pieces, as in a head. */
function withJoined(path: string): string {
  const [plain = ''] = path.split('?', 1);
  return plain.split('/').length > 2 ? `${path}\n${plain.replaceAll('/', '')}` : path;
}

const isIn = (place: string, found: readonly Finding[]): boolean =>
  found.some(({ where }) => where === place);

function carries(found: readonly Finding[], member: (typeof CARRIERS)[number], text: string): boolean {
  const isPieceOf = ({ where, encoding }: Finding): boolean =>
    encoding === 'pieces' && LATER[member].includes(where) && text.length >= SHORTEST_PIECE;
  return isIn(member, found) || found.some(isPieceOf);
}

/** Finds secrets in names of hosts and headers, which are in lower case. */
function asName(text: string, inspectLogTexts: InspectLogTexts): readonly Finding[] {
  return inspectLogTexts({ ...NOTHING, host: text }).map((finding) => ({ ...finding, where: 'reason' }));
}

/** Removes duplicates, because a name is inspected in several spellings. */
function eachOnce(findings: readonly Finding[]): readonly Finding[] {
  const asLogged = ({ detector, id, fingerprint, where, encoding }: Finding): string =>
    JSON.stringify([detector, id, fingerprint, where, encoding]);
  return [...new Map(findings.map((finding) => [asLogged(finding), finding])).values()];
}

/** Withholds the place of the first findings, which the reason repeats. */
function withoutWhere(
  findings: NonNullable<Entry['findings']>,
  count: number,
): NonNullable<Entry['findings']> {
  return findings.map((finding, index) => (index < count ? { ...finding, where: WITHHELD } : finding));
}

/** Returns the audit line of a decision, without a host or path that carried a finding. */
export function entryOf(
  { via, host, port, method = methodOfTunnel(via), path = '', tls }: Asked,
  { verdict, rule, reason }: Pick<Entry, 'verdict' | 'rule' | 'reason'>,
  findings: Findings = [],
): Entry {
  // The log must never contain a found secret, so it omits a path or host that carried one.
  const isIn = (place: string): boolean => findings.some(({ where }) => where === place);
  return {
    verdict,
    rule,
    via,
    host: isIn('host') ? WITHHELD : host,
    port,
    method,
    // A secret in pieces over several places has the place `headers`.
    path: isIn('url') || isIn('headers') ? WITHHELD : path,
    reason,
    tls,
    findings,
  };
}

const methodOfTunnel = (via: Asked['via']): string => (via === 'connect' ? 'CONNECT' : '');
