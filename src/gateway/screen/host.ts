import type { Rule } from '../config.ts';
import { isBlocking, type Finding } from '../dlp/finding.ts';

/** Names tell resolvers what they hold, before anything is sent: a label can be a secret. */
export type InspectHost = (host: string) => readonly Finding[];

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
  return inspectHost(host).filter((finding) => isBlocking(finding, dlp));
}
