import type { Rule } from '../config.ts';
import type { Actions } from '../dlp/actions.ts';
import { isBlocking, type Finding, type Inspector } from '../dlp/finding.ts';

/** Names tell resolvers what they hold, before anything is sent: a label can be a secret. */
export type InspectHost = (host: string, actions: Actions) => readonly Finding[];

export const HOST_TELLS = {
  rule: 'gateway.dlp',
  reason: 'the name of the host holds something secret, which a lookup would tell',
} as const;

/** What may not leave in this name. Names that a rule has in full are the user's own, and are not looked at. */
export function findingsInHost(
  host: string,
  { host: pattern, dlp }: Rule,
  inspectHost: InspectHost,
): readonly Finding[] {
  if (dlp === undefined || !pattern.startsWith('*.')) return [];
  return inspectHost(host, dlp).filter((finding) => isBlocking(finding, dlp));
}

/** What looks at names, and counts what refusals of them tell. */
export const inspectingNames =
  (inspector: Inspector): InspectHost =>
  (host, actions) => {
    const findings = inspector.name(host);
    if (findings.length > 0) inspector.note(findings, actions);
    return findings;
  };
