import type { Entry } from '../audit/line.ts';
import type { Finding, Told } from '../dlp/finding.ts';

/** In the place of what carried a secret. */
export const WITHHELD = '(withheld)';

export type Tell = (told: Told) => readonly Finding[];

/** No method that there is, and no `/`, is a piece of anything. */
const SHORTEST_PIECE = 8;
const NOTHING = { host: '', path: '', method: '', reason: '' };
const CARRIERS = ['host', 'path', 'method'] as const;

/** Pieces are told where the last of them is: others may be in what was looked at before. The host is named all the same. */
const LATER: Readonly<Record<(typeof CARRIERS)[number], readonly string[]>> = {
  host: [],
  path: ['method', 'reason'],
  method: ['reason'],
};

/**
 * A line as it may be written: the log never holds a secret, also where a request was refused for something else, before or
 * beside what is in it. What is there is named as a finding.
 */
export function withholding(entry: Entry, tell: Tell): Entry {
  const known = entry.findings ?? [];
  const wheres = known.map(({ where }) => where).filter((where) => !entry.reason.includes(where));
  const withWheres = (reason: string): string => [reason, ...wheres].join('\n');
  const asked = { ...entry, path: withJoined(entry.path) };
  const found = tell({ ...asked, reason: withWheres(entry.reason) });
  const carriers = CARRIERS.filter((member) => entry[member] !== '' && carries(found, member, entry[member]));
  // Reasons tell hosts and paths too, in whatever spelling.
  const replaced = carriers.reduce((text, member) => text.replaceAll(entry[member], WITHHELD), entry.reason);
  const rest = withWheres(replaced);
  const isCarrier = isIn('reason', found);
  const named = asName(rest, tell);
  const findings = [...known, ...eachOnce([...found, ...(isCarrier ? [] : named)])];
  if (findings.length === known.length) return entry;
  const stillTells = named.length > 0 || (isCarrier && isIn('reason', tell({ ...asked, reason: rest })));
  return {
    ...entry,
    ...Object.fromEntries(carriers.map((member) => [member, WITHHELD])),
    reason: stillTells ? WITHHELD : replaced,
    findings: stillTells ? withoutWhere(findings, known.length) : findings,
  };
}

/** Its segments may be pieces, as they are in a head. */
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

/** What names of hosts and of headers tell, which come in lower case. */
function asName(text: string, tell: Tell): readonly Finding[] {
  return tell({ ...NOTHING, host: text }).map((finding) => ({ ...finding, where: 'reason' }));
}

/** A name is looked at in several spellings. */
function eachOnce(findings: readonly Finding[]): readonly Finding[] {
  const asLogged = ({ detector, id, fingerprint, where, encoding }: Finding): string =>
    JSON.stringify([detector, id, fingerprint, where, encoding]);
  return [...new Map(findings.map((finding) => [asLogged(finding), finding])).values()];
}

/** Of the first of them: it says the same as the reason. */
function withoutWhere(
  findings: NonNullable<Entry['findings']>,
  count: number,
): NonNullable<Entry['findings']> {
  return findings.map((finding, index) => (index < count ? { ...finding, where: WITHHELD } : finding));
}
