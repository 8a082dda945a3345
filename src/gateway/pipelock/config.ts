import type { Policy } from '../config.ts';
import { REFUSED_RANGES } from '../policy/addresses.ts';
import { coversHost } from '../policy/overlap.ts';

/**
 * A policy in pipelock's words: the keys that its documentation has had since 2.3 (docs/configuration.md there). It refuses
 * keys that it does not know. What it cannot say is refused before: see bottle/egress/foreign-gateway.ts.
 */

export interface PipelockOrder {
  readonly policy: Policy;
  /** Of the bottle's own network. */
  readonly address: string;
  readonly port: number;
  /** Never to be dialled. */
  readonly hostAddresses: readonly string[];
  /** Where its log goes, by its path inside. */
  readonly logPath: string;
}

/** Strict mode wants one name at least: RFC 2606 has that this exists nowhere. */
const NOTHING = 'bot-bottle-allows-nothing.invalid';

/** An answer of a model streams for long, and the default ends a tunnel after five minutes. */
const MAX_TUNNEL_S = 86_400;
const IDLE_S = 900;
/** For each domain. Its default of 60 is less than an install of packages needs. */
const REQUESTS_PER_MINUTE = 6_000;

/** The configuration; as JSON it is YAML. Pure. */
export function pipelockConfig({ policy, address, port, hostAddresses, logPath }: PipelockOrder) {
  const allowed = hostsOf(policy.allow);
  return {
    version: 1,
    // The only mode in which the list of what is allowed is more than advice.
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
    // It would report crashes to its maker.
    sentry: { enabled: false },
  };
}

/** What is denied; and its `*.example.org` is `example.org` too, which ours is not. */
function blocked({ allow, deny }: Policy): string[] {
  const allowed = hostsOf(allow);
  const apexes = allowed.flatMap((host) => (host.startsWith('*.') ? [host.slice(2)] : []));
  const unmeant = apexes.filter((apex) => !allowed.some((host) => coversHost(host, apex)));
  return [...new Set([...hostsOf(deny), ...unmeant])];
}

const hostsOf = (rules: Policy['allow']): string[] => [...new Set(rules.map(({ host }) => host))];

const rangeOf = (address: string): string =>
  address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`;
