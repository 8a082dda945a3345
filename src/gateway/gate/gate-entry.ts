import type { Entry } from '../audit/line.ts';
import type { Asked, Seen } from './gate.ts';
import { WITHHELD } from './withhold.ts';

const NOTHING_SEEN: Seen = {};

/** Returns the audit line of a decision, without a host or path that carried a finding. */
export function entryOf(
  { via, host, port, method, path, tls: spoken }: Asked,
  { verdict, rule, reason }: Pick<Entry, 'verdict' | 'rule' | 'reason'>,
  seen: Seen | undefined,
): Entry {
  const { tls = spoken, findings } = seen ?? NOTHING_SEEN;
  if (findings === undefined || findings.length === 0)
    return { verdict, rule, via, host, port, method, path, reason, tls, findings };
  // The log must never contain a found secret, so it omits a path or host that carried one.
  const shown = {
    host: carries(findings, 'host') ? WITHHELD : host,
    path: mayBeInPath(findings) ? WITHHELD : path,
  };
  return { verdict, rule, via, ...shown, port, method, reason, tls, findings };
}

function carries(findings: NonNullable<Seen['findings']>, place: string): boolean {
  return findings.some(({ where }) => where === place);
}

/** A secret in pieces over several places has the place `headers`. */
function mayBeInPath(findings: NonNullable<Seen['findings']>): boolean {
  return carries(findings, 'url') || carries(findings, 'headers');
}
