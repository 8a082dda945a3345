import { BottleError } from '../../errors.ts';
import { plainAddress, refusedAddress } from './addresses.ts';
import { canonicalWrittenHost } from '../message/canonical.ts';
import type { Rule, Scheme } from '../config.ts';
import { canonicalOpening, type WrittenOpening } from './opening.ts';

/** Converts a rule as people write it to the gateway's form. */

export interface WrittenRule extends WrittenOpening {
  readonly host: string;
  readonly port?: number;
  readonly addresses?: readonly string[];
  /** The name defaults to the host. */
  readonly budget?: { readonly name?: string; readonly maxBytes: number };
}

export interface RulePlace {
  /** The rule's name in the log and in denials. */
  readonly id: string;
  readonly list: 'allow' | 'deny';
}

const DEFAULT_PORT: Readonly<Record<Scheme, number | undefined>> = { https: 443, http: 80, tcp: undefined };

/**
 * Returns the rule in canonical form, with defaults. An allow rule gets `https` and its port, and the gateway opens its
 * TLS to inspect content. A deny rule gets every port and every protocol (`tcp`).
 * @throws BottleError `manifest` when the rule cannot be enforced as written, with the reason and what to write
 */
export function canonicalRule(written: WrittenRule, place: RulePlace): Rule {
  const host = canonicalRuleHost(written.host, place);
  const scheme = schemeOf(written, place);
  return {
    id: place.id,
    host,
    scheme,
    port: canonicalPort(written.port, scheme, place),
    ...canonicalOpening({ ...written, scheme }, place.list, (what, fix) => fail(place, what, fix)),
    ...canonicalBudget(written.budget, host, place),
    ...canonicalAddresses(written.addresses, host, place),
  };
}

function schemeOf(written: WrittenRule, place: RulePlace): Scheme {
  return written.scheme ?? (place.list === 'allow' ? 'https' : 'tcp');
}

function canonicalRuleHost(text: string, place: RulePlace): string {
  const meant = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)/i.exec(text)?.[1] ?? /^([^:[\]]+):[0-9]+$/.exec(text)?.[1];
  if (meant !== undefined)
    fail(place, `host ${text} is more than a host`, `write host: ${meant}, and scheme: and port: beside it`);
  const wildcard = text.startsWith('*.');
  if (!wildcard && text.includes('*')) {
    fail(
      place,
      `host ${text} has * in a place that means nothing`,
      'write *.example.org for all names under example.org',
    );
  }
  const host = canonicalWrittenHost(wildcard ? text.slice(2) : text);
  if ('refused' in host)
    fail(
      place,
      `host ${text} ${host.refused}`,
      'write a host name or an IP address, such as api.example.org',
    );
  if (wildcard && host.kind !== 'name')
    fail(place, `host ${text} puts a * before an address`, 'write the address alone');
  return wildcard ? `*.${host.host}` : host.host;
}

/** Rules of one host share a budget, unless the budget has a name. */
function canonicalBudget(
  budget: WrittenRule['budget'],
  host: string,
  place: RulePlace,
): Pick<Rule, 'budget'> {
  if (budget === undefined) return {};
  if (place.list === 'deny')
    fail(place, 'a deny rule has max_bytes', 'leave max_bytes: out: it says how to allow');
  return { budget: { name: budget.name ?? host, maxBytes: budget.maxBytes } };
}

function canonicalPort(port: number | undefined, scheme: Scheme, place: RulePlace): number {
  if (port !== undefined) {
    if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
    fail(place, `port ${port} does not exist`, 'write a port from 1 to 65535');
  }
  const usual = place.list === 'deny' ? 0 : DEFAULT_PORT[scheme];
  return usual ?? fail(place, 'scheme tcp needs a port', 'add port: with the one port that is meant');
}

function canonicalAddresses(
  addresses: readonly string[] | undefined,
  host: string,
  place: RulePlace,
): { readonly addresses?: readonly string[] } {
  if (addresses === undefined) {
    requirePin(host, place);
    return {};
  }
  if (place.list === 'deny')
    fail(place, 'a deny rule has addresses', 'leave addresses: out: a denied host is denied wherever it is');
  if (addresses.length === 0)
    fail(place, 'addresses is empty', 'leave addresses: out, and the host is looked up');
  return {
    addresses: addresses.map((text) => {
      const address = canonicalWrittenHost(text);
      if ('refused' in address || address.kind === 'name') {
        return fail(
          place,
          `addresses has ${text}, which is not an IP address`,
          'write addresses such as 10.1.2.3 or fd00::1',
        );
      }
      return address.host;
    }),
  };
}

/** The gateway would refuse the address in any case. Refusing it here allows an explanation. */
function requirePin(host: string, place: RulePlace): void {
  const isAddress = host.includes(':') || /^[0-9.]+$/.test(host);
  const why = isAddress && place.list === 'allow' ? refusedAddress(plainAddress(host), new Set()) : undefined;
  if (why !== undefined)
    fail(place, `${host} is never dialled by itself (${why})`, `add addresses: [${host}] to allow it`);
}

function fail(place: RulePlace, what: string, fix: string): never {
  throw new BottleError('manifest', `${place.id}: ${what}`, { fix });
}
