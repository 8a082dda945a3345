import type { Entry } from '../audit/line.ts';
import type { Asked, Findings } from './gate.ts';
import { WITHHELD } from './withhold.ts';

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
