import type { Entry } from '../audit/line.ts';
import type { Asked, Seen } from './gate.ts';
import { WITHHELD } from './withhold.ts';

const NOTHING_SEEN: Seen = {};

/** The line of a decision, without what was found in its host or path. */
export function entryOf(
  { via, host, port, method, path, tls: spoken }: Asked,
  { verdict, rule, reason }: Pick<Entry, 'verdict' | 'rule' | 'reason'>,
  seen: Seen | undefined,
): Entry {
  const { tls = spoken, findings } = seen ?? NOTHING_SEEN;
  if (findings === undefined || findings.length === 0)
    return { verdict, rule, via, host, port, method, path, reason, tls, findings };
  // The log never holds what was found: neither where the path or the name of the host was the carrier.
  const shown = {
    host: carries(findings, 'host') ? WITHHELD : host,
    path: mayBeInPath(findings) ? WITHHELD : path,
  };
  return { verdict, rule, via, ...shown, port, method, reason, tls, findings };
}

function carries(findings: NonNullable<Seen['findings']>, place: string): boolean {
  return findings.some(({ where }) => where === place);
}

/** Pieces of several places are told as `headers`. */
function mayBeInPath(findings: NonNullable<Seen['findings']>): boolean {
  return carries(findings, 'url') || carries(findings, 'headers');
}
