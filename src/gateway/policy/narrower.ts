import type { Policy, Rule } from '../config.ts';
import { isAsStrictAs } from '../dlp/actions.ts';
import { leadAlike } from './alike.ts';
import { coversHost, sharesRequests } from './overlap.ts';

/**
 * Whether the next policy allows nothing that the one before did not, and looks no less at what leaves. In doubt it says no:
 * then somebody is asked. Pure.
 */
export function isNarrower(next: Policy, before: Policy): boolean {
  const isGone = (rule: Rule): boolean => !next.allow.some((other) => isSame(rule, other));
  return (
    next.allow.every((rule) =>
      before.allow.some((wide) => isWithin(rule, wide) && !opensBesideIdentity(rule, wide, before)),
    ) &&
    before.deny.every((rule) => next.deny.some((wide) => isDeniedBy(rule, wide))) &&
    // What one rule let out in its way must not now go out by another in that one's.
    before.allow
      .filter(isGone)
      .every((rule) => next.allow.every((other) => !sharesRequests(rule, other) || isAsStrict(other, rule)))
  );
}

const isSame = (a: Rule, b: Rule): boolean => isWithin(a, b) && isWithin(b, a);

/** Whether the narrow rule allows no more than the wide one. */
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
 * Whether the rule allows WebSockets where the wide one does not: to the very host of a rule that lends an identity. `decide` lets
 * a rule for that host allow them, and not a wider one.
 */
const opensBesideIdentity = (rule: Rule, wide: Rule, { allow }: Policy): boolean =>
  rule.websocket === true &&
  rule.host !== wide.host &&
  allow.some(({ inject, host }) => inject !== undefined && host === rule.host);

/** With the same identity, to the same addresses, looking no less at what leaves, and counted in the same place. */
const isAsStrict = (next: Rule, before: Rule): boolean =>
  leadAlike(next, before) && isAsStrictAs(next.dlp, before.dlp) && isNoLarger(next, before);

/** Under another name it would be counted anew. */
function isNoLarger({ budget }: Rule, { budget: before }: Rule): boolean {
  if (before === undefined) return true;
  return budget !== undefined && budget.name === before.name && budget.maxBytes <= before.maxBytes;
}

/** Whether the wide rule denies all that the narrow one does. */
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

/** A rule about paths denies what names a second one by whatever method: one about methods alone does not. */
const deniesSecondPathsOf = (narrow: Rule, wide: Rule): boolean =>
  narrow.paths === undefined || wide.paths !== undefined || wide.methods === undefined;

/** Undefined is all there is. Globs are compared as they are written. */
function isPart(narrow: readonly string[] | undefined, wide: readonly string[] | undefined): boolean {
  if (wide === undefined) return true;
  return narrow !== undefined && narrow.every((one) => wide.includes(one));
}
