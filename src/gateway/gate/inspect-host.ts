import type { Rule } from '../config.ts';
import type { Actions } from '../dlp/actions.ts';
import { isBlocking, type Finding, type Inspector } from '../dlp/finding.ts';

/**
 * Inspects a host name, which a lookup reveals to resolvers before the gateway sends anything: a label can be a secret.
 */
export type InspectHost = (host: string, actions: Actions) => readonly Finding[];

export const SECRET_IN_HOST = {
  rule: 'gateway.dlp',
  reason: 'the host name contains something secret, which a DNS lookup would reveal',
} as const;

/**
 * Returns findings that block this name. The user wrote the names that a rule has in full, so this does not inspect
 * those.
 */
export function findingsInHost(
  host: string,
  { host: pattern, dlp }: Rule,
  inspectHost: InspectHost,
): readonly Finding[] {
  if (dlp === undefined || !pattern.startsWith('*.')) return [];
  return inspectHost(host, dlp).filter((finding) => isBlocking(finding, dlp));
}

/** Returns an `InspectHost` that also counts the parts of secrets that refusals of names reveal. */
export const inspectingNames =
  (inspector: Inspector): InspectHost =>
  (host, actions) => {
    const findings = inspector.name(host);
    if (findings.length > 0) inspector.note(findings, actions);
    return findings;
  };
