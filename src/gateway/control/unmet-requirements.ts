import type { Policy } from '../config.ts';
import type { Constraints } from '../tls/authority/certificate.ts';
import { addressBytes, constraintsOf } from '../tls/authority/names.ts';

/**
 * Requirements of a new policy that a running gateway cannot meet: its authority and its secrets are fixed at the
 * start.
 */

/** The authority and the secrets with which the bottle started. */
export interface Means {
  /** Names and addresses for which the bottle's authority may issue certificates; empty without an authority. */
  readonly constraints: Constraints;
  /** Names of the secrets that are lent to requests. */
  readonly secrets: readonly string[];
  readonly learns: boolean;
}

/**
 * Returns the requirements of this policy that the running gateway cannot meet, as clauses for people; empty if it can
 * apply the policy. Pure.
 */
export function unmetRequirements(
  policy: Policy,
  { constraints, secrets, learns }: Means,
): readonly string[] {
  if (learns) return ['it learns, and so allows what no rule names: new rules would change nothing'];
  const { names, addresses } = constraintsOf(policy);
  const uncovered = [...names, ...addresses].filter((host) => !covers(constraints, host));
  const wanted = policy.allow.flatMap(({ inject }) => inject?.secret ?? []);
  const unread = [...new Set(wanted)].filter((secret) => !secrets.includes(secret));
  return [
    ...uncovered.map(
      (host) => `the gateway would open TLS with ${host}, which the bottle’s authority does not cover`,
    ),
    ...unread.map((secret) => `it would need ${secret}, which was not read when the bottle started`),
  ];
}

/** RFC 5280, 4.2.1.10: a name covers itself and all below it. */
function covers(constraints: Constraints, host: string): boolean {
  if (addressBytes(host) !== undefined) return constraints.addresses.includes(host);
  return constraints.names.some((name) => host === name || host.endsWith(`.${name}`));
}
