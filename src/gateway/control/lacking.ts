import type { Policy } from '../config.ts';
import type { Constraints } from '../tls/authority/certificate.ts';
import { addressBytes, constraintsOf } from '../tls/authority/names.ts';

/** What a running gateway cannot come to have: a bottle trusts one authority, and its secrets were read when it started. */

/** What the bottle started with. */
export interface Means {
  /** Whom the bottle's authority may vouch for; nobody, where it has none. */
  readonly constraints: Constraints;
  /** Names of the secrets that are lent to requests. */
  readonly secrets: readonly string[];
  readonly learns: boolean;
}

/** What this policy would need besides, in words; empty: it can take hold. Pure. */
export function lackingFor(policy: Policy, { constraints, secrets, learns }: Means): readonly string[] {
  if (learns) return ['it lets out what no rule is about, to learn: rules would change nothing'];
  const { names, addresses } = constraintsOf(policy);
  const uncovered = [...names, ...addresses].filter((host) => !covers(constraints, host));
  const wanted = policy.allow.flatMap(({ inject }) => inject?.secret ?? []);
  const unread = [...new Set(wanted)].filter((secret) => !secrets.includes(secret));
  return [
    ...uncovered.map(
      (host) => `TLS with ${host} would be opened, which the bottle’s authority does not cover`,
    ),
    ...unread.map((secret) => `${secret} would be needed, which was not read when the bottle started`),
  ];
}

/** RFC 5280, 4.2.1.10: a name covers itself and all below it. */
function covers(constraints: Constraints, host: string): boolean {
  if (addressBytes(host) !== undefined) return constraints.addresses.includes(host);
  return constraints.names.some((name) => host === name || host.endsWith(`.${name}`));
}
