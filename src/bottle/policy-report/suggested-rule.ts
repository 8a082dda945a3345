import { isIP } from 'node:net';
import { canonicalHost } from '../../gateway/policy/canonical.ts';
import { plainAddress, refusedAddress } from '../../gateway/policy/addresses.ts';
import type { Scheme } from '../../gateway/config.ts';
import { isPublicName } from '../../gateway/policy/learn.ts';
import { jsonText } from '../../ui/terminal/text.ts';

/** A rule for somebody to consider: as data, and as a line of a manifest. */

export interface SuggestedRule {
  readonly host: string;
  readonly port?: number;
  readonly scheme?: Scheme;
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  readonly websocket?: true;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
}

/** Host, port and scheme of a rule, without what is the default. */
export function ruleFor({ host, port, scheme }: Target): SuggestedRule {
  return {
    host,
    ...(port === (scheme === 'http' ? 80 : 443) && scheme !== 'tcp' ? {} : { port }),
    ...(scheme === 'https' ? {} : { scheme }),
  };
}

/** Why a host is suggested to nobody; undefined where it may be. */
export function whyNeverSuggested(host: string): string | undefined {
  const canonical = canonicalHost(host.includes(':') ? `[${host}]` : host);
  if ('refused' in canonical) return `the host ${canonical.refused}`;
  if (isIP(host) === 0)
    return isPublicName(host) ? undefined : 'the name means something in this network only, or nothing';
  const why = refusedAddress(plainAddress(host), new Set());
  return why === undefined ? undefined : `the address is ${why}`;
}

/** As it stands in a list of `egress.allow`: `- { host: example.org, methods: [GET] }`. JSON's strings are YAML's (YAML 1.2, 7.3.1). */
export function ruleAsYaml(rule: SuggestedRule): string {
  const pairs = Object.entries(rule).map(([key, value]) => `${key}: ${valueAsYaml(value)}`);
  return `- { ${pairs.join(', ')} }`;
}

function valueAsYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueAsYaml).join(', ')}]`;
  // A word that begins with a letter and is nothing else to YAML: `y` and `on` are text in YAML 1.2.
  return typeof value === 'string' &&
    /^[A-Za-z][A-Za-z0-9.-]*$/.test(value) &&
    !/^(true|false|null)$/i.test(value)
    ? value
    : jsonText(value);
}
