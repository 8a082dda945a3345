import { isIP } from 'node:net';
import { canonicalHost } from '../../gateway/message/canonical.ts';
import { plainAddress, refusedAddress } from '../../gateway/policy/addresses.ts';
import type { Scheme } from '../../gateway/config.ts';
import { isPublicName } from '../../gateway/policy/learn.ts';
import type { InjectInput } from '../../manifest/schema/inject-schema.ts';
import { jsonText } from '../../ui/terminal/text.ts';

/** A rule for the user to consider: as data, and as a line of a manifest. */

/** Has the keys of a rule, with either `host` or `github`. */
export interface SuggestedRule {
  readonly host?: string;
  readonly github?: string;
  readonly push?: true;
  readonly port?: number;
  readonly scheme?: Scheme;
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  readonly websocket?: true;
  readonly inject?: InjectInput;
  readonly addresses?: readonly string[];
  readonly max_bytes?: string | number;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
}

/** Host, port and scheme of a rule, without defaults. */
export function ruleFor({
  host,
  port,
  scheme,
}: Target): Pick<Target, 'host'> & Pick<SuggestedRule, 'port' | 'scheme'> {
  return {
    host,
    ...(port === (scheme === 'http' ? 80 : 443) && scheme !== 'tcp' ? {} : { port }),
    ...(scheme === 'https' ? {} : { scheme }),
  };
}

/** Why no rule is ever suggested for a host; undefined if one may be. */
export function whyNeverSuggested(host: string): string | undefined {
  const canonical = canonicalHost(host.includes(':') ? `[${host}]` : host);
  if ('refused' in canonical) return `the host ${canonical.refused}`;
  if (isIP(host) === 0)
    return isPublicName(host) ? undefined : 'the name means something in this network only, or nothing';
  const why = refusedAddress(plainAddress(host), new Set());
  return why === undefined ? undefined : `the address is ${why}`;
}

/**
 * The rule as an element of `egress.allow`: `- { host: example.org, methods: [GET] }`. JSON's strings are valid in YAML
 * (YAML 1.2, 7.3.1).
 */
export function ruleAsYaml(rule: SuggestedRule): string {
  return `- ${mapAsYaml(rule)}`;
}

function mapAsYaml(map: object): string {
  const pairs = Object.entries(map).map(([key, value]) => `${key}: ${valueAsYaml(value)}`);
  return `{ ${pairs.join(', ')} }`;
}

function valueAsYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueAsYaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return mapAsYaml(value);
  // A word that begins with a letter and has no other meaning in YAML: `y` and `on` are plain text in YAML 1.2.
  return typeof value === 'string' &&
    /^[A-Za-z][A-Za-z0-9.-]*$/.test(value) &&
    !/^(true|false|null)$/i.test(value)
    ? value
    : jsonText(value);
}
