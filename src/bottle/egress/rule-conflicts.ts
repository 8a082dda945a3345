import { isDeepStrictEqual } from 'node:util';
import { BottleError } from '../../errors.ts';
import type { Rule } from '../../gateway/config.ts';
import { coversHost, sharesRequests, sharesTarget } from '../../gateway/policy/overlap.ts';

/** Conflicts between two rules. */

/** A rule in canonical form, with facts that only people need. */
export interface PlacedRule {
  readonly rule: Rule;
  /** `bot-bottle.yaml:12:9` */
  readonly position: string;
  /** Whether the manifest sets `tls: pass`. */
  readonly mustPass: boolean;
}

/**
 * The allow rules, with TLS opened if a deny rule must see methods or paths.
 * @throws BottleError `manifest` if the deny rule could not be enforced: `tls: pass`, or raw TCP
 */
export function openForDenials(
  allow: readonly PlacedRule[],
  deny: readonly PlacedRule[],
): readonly PlacedRule[] {
  const looking = deny.filter(({ rule }) => rule.scheme !== 'http' && (rule.methods ?? rule.paths));
  return allow.map((allowed) => {
    const denying = looking.find(({ rule }) => sharesTarget(rule, allowed.rule));
    if (denying === undefined || allowed.rule.scheme === 'http' || allowed.rule.opensTls) return allowed;
    if (allowed.rule.scheme === 'tcp' || allowed.mustPass) throw unseen(allowed, denying);
    return { ...allowed, rule: { ...allowed.rule, opensTls: true } };
  });
}

function unseen(allowed: PlacedRule, denying: PlacedRule): BottleError {
  const [what, fix] = allowed.mustPass
    ? ['keeps TLS closed by tls: pass', 'leave tls: pass out of the one']
    : ['allows raw TCP', 'give the deny rule the port: that it is about'];
  return new BottleError(
    'manifest',
    `${denying.position}: ${denying.rule.id} denies methods or paths, and ${allowed.rule.id} (${allowed.position}) ${what}, where nobody sees them`,
    { fix: `${fix}, or leave methods: and paths: out of the deny rule` },
  );
}

/**
 * Until TLS is open, the gateway cannot tell which of two rules for one host and port a request matches.
 * @throws BottleError `manifest` naming two rules of which one needs TLS open and the other keeps it closed or takes
 *   any bytes
 */
export function refuseHalfOpen(allow: readonly PlacedRule[]): void {
  for (const open of allow.filter(({ rule }) => rule.opensTls)) {
    const closed = allow.find(({ rule, mustPass }) => {
      if (rule.port !== open.rule.port) return false;
      // The gateway does not inspect raw TCP: a wildcard takes every CONNECT to its hosts.
      if (rule.scheme === 'tcp') return coversHost(rule.host, open.rule.host);
      return mustPass && rule.host === open.rule.host;
    });
    if (closed === undefined) continue;
    const what = closed.mustPass ? 'keeps TLS closed by tls: pass' : 'allows raw TCP';
    throw new BottleError(
      'manifest',
      `${open.position}: ${open.rule.id} needs TLS open, and ${closed.rule.id} (${closed.position}) ${what} on the same host and port`,
      { fix: 'say tls: pass in both, or in none; raw TCP goes with no other rule' },
    );
  }
}

/**
 * A request gets one identity, independent of the order of the rules.
 * @throws BottleError `manifest` naming two rules that give the same requests different identities
 */
export function refuseTwoIdentities(allow: readonly PlacedRule[]): void {
  allow.forEach((one, index) => {
    const other = allow
      .slice(index + 1)
      .find(
        ({ rule }) =>
          rule.host === one.rule.host &&
          rule.inject !== undefined &&
          one.rule.inject !== undefined &&
          !isDeepStrictEqual(rule.inject, one.rule.inject) &&
          sharesRequests(rule, one.rule),
      );
    if (other === undefined) return;
    throw new BottleError(
      'manifest',
      `${other.position}: ${one.rule.id} (${one.position}) and ${other.rule.id} allow some of the same requests with different identities`,
      { fix: 'write the same inject: in both, or paths: that have nothing in common' },
    );
  });
}
