import type { Policy, Rule } from '../config.ts';
import { isAsStrictAs } from '../dlp/actions.ts';
import { leadAlike } from './alike.ts';
import { coversHost, sharesRequests } from './overlap.ts';

/**
 * Returns whether the next policy allows nothing that the earlier one did not, and inspects no less. Returns false in
 * doubt, and then a person has to confirm. Pure.
 */
export function isNarrower(next: Policy, before: Policy): boolean {
  const isGone = (rule: Rule): boolean => !next.allow.some((other) => isSame(rule, other));
  return (
    next.allow.every((rule) =>
      before.allow.some((wide) => isWithin(rule, wide) && !opensBesideIdentity(rule, wide, before)),
    ) &&
    before.deny.every((rule) => next.deny.some((wide) => isDeniedBy(rule, wide))) &&
    // A request that a removed rule allowed must not now pass by another rule in a less strict way.
    before.allow
      .filter(isGone)
      .every((rule) => next.allow.every((other) => !sharesRequests(rule, other) || isAsStrict(other, rule)))
  );
}

const isSame = (a: Rule, b: Rule): boolean => isWithin(a, b) && isWithin(b, a);

/** Returns whether the narrow rule allows no more than the wide one. */
function isWithin(narrow: Rule, wide: Rule): boolean {
  return (
    coversHost(wide.host, narrow.host) &&
    narrow.port === wide.port &&
    narrow.scheme === wide.scheme &&
    isPart(narrow.methods, wide.methods) &&
    isPart(narrow.paths, wide.paths) &&
    (narrow.opensTls ?? false) >= (wide.opensTls ?? false) &&
    (narrow.websocket ?? false) <= (wide.websocket ?? false) &&
    isAsStrict(narrow, wide)
  );
}

/**
 * Returns whether the rule allows WebSockets to the very host of a lending rule where the wide rule does not. For
 * `decide`, a rule for that host allows them, and a wider one does not.
 */
const opensBesideIdentity = (rule: Rule, wide: Rule, { allow }: Policy): boolean =>
  rule.websocket === true &&
  rule.host !== wide.host &&
  allow.some(({ inject, host }) => inject !== undefined && host === rule.host);

/** Same identity, same addresses, no less inspection, and the same budget. */
const isAsStrict = (next: Rule, before: Rule): boolean =>
  leadAlike(next, before) && isAsStrictAs(next.dlp, before.dlp) && isNoLarger(next, before);

/** Under another name, the budget would count from zero. */
function isNoLarger({ budget }: Rule, { budget: before }: Rule): boolean {
  if (before === undefined) return true;
  return budget !== undefined && budget.name === before.name && budget.maxBytes <= before.maxBytes;
}

/** Returns whether the wide rule denies all that the narrow one denies. */
function isDeniedBy(narrow: Rule, wide: Rule): boolean {
  return (
    coversHost(wide.host, narrow.host) &&
    (wide.port === 0 || wide.port === narrow.port) &&
    (wide.scheme === 'tcp' || wide.scheme === narrow.scheme) &&
    isPart(narrow.methods, wide.methods) &&
    isPart(narrow.paths, wide.paths) &&
    deniesSecondPathsOf(narrow, wide)
  );
}

/** A rule with paths denies every request with a second path, by any method. A rule with only methods does not. */
const deniesSecondPathsOf = (narrow: Rule, wide: Rule): boolean =>
  narrow.paths === undefined || wide.paths !== undefined || wide.methods === undefined;

/** Undefined means everything. Compares globs as text. */
function isPart(narrow: readonly string[] | undefined, wide: readonly string[] | undefined): boolean {
  if (wide === undefined) return true;
  return narrow !== undefined && narrow.every((one) => wide.includes(one));
}
