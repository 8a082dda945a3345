import type { Policy } from '../config.ts';
import { REFUSED_RANGES } from '../policy/addresses.ts';
import { coversHost } from '../policy/overlap.ts';

/**
 * Translates a policy for pipelock, with the keys that its documentation has had since 2.3 (docs/configuration.md
 * there). pipelock refuses unknown keys. bottle/egress/foreign-gateway.ts refuses beforehand what pipelock cannot
 * express.
 */

export interface PipelockOrder {
  readonly policy: Policy;
  /** Address on the bottle's own network. */
  readonly address: string;
  readonly port: number;
  /** Addresses that pipelock must never dial. */
  readonly hostAddresses: readonly string[];
  /** Path of its log inside the container. */
  readonly logPath: string;
}

/** Strict mode requires at least one name: RFC 2606 guarantees that this one exists nowhere. */
const NOTHING = 'bot-bottle-allows-nothing.invalid';

/** A model's answer streams for a long time, and pipelock by default ends a tunnel after five minutes. */
const MAX_TUNNEL_S = 86_400;
const IDLE_S = 900;
/** Limit for each domain. The default of 60 is too low to install packages. */
const REQUESTS_PER_MINUTE = 6_000;

/** Returns the configuration; its JSON is valid YAML. Pure. */
export function pipelockConfig({ policy, address, port, hostAddresses, logPath }: PipelockOrder) {
  const allowed = hostsOf(policy.allow);
  return {
    version: 1,
    // The only mode that enforces the list of allowed names.
    mode: 'strict',
    enforce: true,
    explain_blocks: false,
    api_allowlist: allowed.length === 0 ? [NOTHING] : allowed,
    internal: [...REFUSED_RANGES, ...hostAddresses.map(rangeOf)],
    fetch_proxy: {
      listen: `${address}:${port}`,
      monitoring: { max_requests_per_minute: REQUESTS_PER_MINUTE, blocklist: blocked(policy) },
    },
    forward_proxy: {
      enabled: true,
      max_tunnel_seconds: MAX_TUNNEL_S,
      idle_timeout_seconds: IDLE_S,
      sni_verification: true,
    },
    websocket_proxy: { enabled: false },
    tls_interception: { enabled: false },
    request_body_scanning: { enabled: true, action: 'block' },
    logging: {
      format: 'json',
      output: 'file',
      file: logPath,
      include_allowed: true,
      include_blocked: true,
    },
    // Otherwise, pipelock reports crashes to its maker.
    sentry: { enabled: false },
  };
}

/**
 * Denied hosts. Adds apex domains that no rule allows, because `*.example.org` includes `example.org` in pipelock, but
 * not in our rules.
 */
function blocked({ allow, deny }: Policy): string[] {
  const allowed = hostsOf(allow);
  const apexes = allowed.flatMap((host) => (host.startsWith('*.') ? [host.slice(2)] : []));
  const unmeant = apexes.filter((apex) => !allowed.some((host) => coversHost(host, apex)));
  return [...new Set([...hostsOf(deny), ...unmeant])];
}

const hostsOf = (rules: Policy['allow']): string[] => [...new Set(rules.map(({ host }) => host))];

const rangeOf = (address: string): string =>
  address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`;
