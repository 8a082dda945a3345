import type { LaunchCheck, SidecarSockets } from '../contracts/gateway.ts';
import type { Slot } from '../contracts/slot.ts';
import type { Actions, DetectorName } from './dlp/actions.ts';
import type { RuleSet } from './dlp/rules/rule.ts';

/**
 * The gateway's configuration. The launcher writes it as JSON, the gateway reads it once at start. It contains no
 * secret of the agent.
 */

export type Scheme = 'https' | 'http' | 'tcp';

/** A rule in canonical form: the host in its only spelling, defaults filled in. */
export interface Rule {
  /** The rule's name in the log and in denials, such as `egress.allow[2] npm`. */
  readonly id: string;
  /** `example.org`, `*.example.org` (subdomains of any depth, not the apex), or an IP address in canonical form. */
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  /** In upper case; undefined: every method. On `https` only if the rule opens TLS. */
  readonly methods?: readonly string[];
  /** Globs on the decoded path; undefined: every path. On `https` only if the rule opens TLS. */
  readonly paths?: readonly string[];
  /** The gateway opens TLS: always with methods, paths, websocket, inject or dlp. Undefined: TLS passes unopened. */
  readonly opensTls?: true;
  /** Allows WebSockets in addition to requests. In TLS that passes unopened, the gateway cannot see them. */
  readonly websocket?: true;
  /** The identity that requests by this rule get; the gateway removes any other credential of the caller. */
  readonly inject?: Injection;
  /** The action when an inspection finds something secret in outgoing data; undefined: no inspection. */
  readonly dlp?: Actions;
  /**
   * The bytes that may pass by this rule, in both directions; rules whose budgets have the same name share one count.
   */
  readonly budget?: { readonly name: string; readonly maxBytes: number };
  /** Addresses that the gateway dials as they stand, without a lookup: the only way to a private address. */
  readonly addresses?: readonly string[];
}

/** A secret of `GatewaySecrets.inject`, by name, and the one place in a request where the gateway puts it. */
export interface Injection {
  readonly secret: string;
  readonly slot: Slot;
}

export interface Policy {
  readonly allow: readonly Rule[];
  /** Takes precedence over `allow`. A deny rule without a port has port 0: every port. */
  readonly deny: readonly Rule[];
}

/** Limits of a whole bottle; undefined: no limit. */
export interface BudgetLimits {
  /** Bytes to hosts and from them, in allowed traffic. */
  readonly maxBytes?: number;
  /** Requests, and tunnels that the gateway cannot see into. */
  readonly maxRequests?: number;
  /** Input and output tokens, as far as answers state them. */
  readonly maxTokens?: number;
}

/** The host's company proxy, as `HTTPS_PROXY` names it. */
export interface UpstreamProxy {
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`, from user-info in the URL. */
  readonly authorization?: string;
  /** `NO_PROXY`: names (with their subdomains), addresses and ranges that the gateway dials directly; `*`: all. */
  readonly bypass: readonly string[];
}

export interface GatewayConfig {
  readonly bottleId: string;
  readonly policy: Policy;
  readonly limits?: BudgetLimits;
  /**
   * Also lets out traffic to public hosts that no rule covers, and logs it under the rule `learn`: see policy/learn.ts.
   */
  readonly learns?: true;
  /** The address in DNS answers: where the bottle sees the gateway. */
  readonly gatewayAddress: string;
  /**
   * Where the bottle's sockets come from: handed over on this Unix socket (joined and holder form), or opened here
   * (bridge and sockets form).
   */
  readonly sockets:
    | { readonly kind: 'handover'; readonly socketPath: string; readonly relayPath: string }
    | SidecarSockets;
  /** The gateway appends one JSON line per decision to this file before any byte leaves. */
  readonly auditPath: string;
  /** Maximum size of the audit log in bytes; then nothing gets out. Default 256 MiB. */
  readonly auditLimitBytes?: number;
  /** The control socket for the launcher: a Unix socket, made by the gateway. Undefined: there is none. */
  readonly controlPath?: string;
  /**
   * SHA-256, as hexadecimal digits, of the token that every request to the control socket must carry; required with
   * `controlPath`.
   */
  readonly controlTokenDigest?: string;
  /**
   * Longest silence of a host when it is its turn, in milliseconds, in opened TLS and plain HTTP. Default 15 minutes.
   */
  readonly upstreamSilenceMs?: number;
  /** The host's own addresses, and networks such as `192.0.2.0/24`: the gateway never dials them unless pinned. */
  readonly hostAddresses: readonly string[];
  /** A folder with the host's tables of addresses, if the gateway has a separate network namespace. */
  readonly hostTables?: string;
  readonly upstreamProxy?: UpstreamProxy;
  /**
   * Path of a PEM file: the certificates that the gateway trusts, as the host does. Undefined: those that Node trusts.
   */
  readonly trustPath?: string;
  /** Rules in gitleaks’ format, in addition to the pinned ones. */
  readonly secretRules?: RuleSet;
  /** `GatewaySecrets` arrive on standard input, as a line of JSON. */
  readonly hasSecrets?: true;
}

/** The secrets that the gateway gets through a separate channel (standard input), and keeps in memory only. */
export interface GatewaySecrets {
  readonly inject: Readonly<Record<string, InjectedSecret>>;
  /** Further values that must not leave: those of the host's protected files, and canaries in the bottle. */
  readonly protect: readonly {
    readonly name: string;
    readonly value: string;
    readonly kind: 'secret' | 'canary';
  }[];
  /** `UpstreamProxy.authorization`, which is in no file. */
  readonly proxyAuthorization?: string;
}

export interface InjectedSecret {
  readonly value: string;
  /** The value consists of AWS credentials: `ID:SECRET`, or `ID:SECRET:TOKEN`; undefined: it is the secret itself. */
  readonly gives?: 'awsCredentials';
  /** The text that the bottle has instead of the value: of the same form, and worthless. */
  readonly placeholder: string;
  /** The launcher reads the secret again when a host rejects it. */
  readonly isRenewable?: true;
}

/** A line that the gateway writes to its standard output, for the launcher. */
export type GatewayEvent =
  /** Sent before any other event if a rule opens TLS: PEM, for the bottle to trust. */
  | { readonly event: 'authority'; readonly certificate: string }
  /** The relay's socket exists: the opener may connect. */
  | { readonly event: 'listening' }
  /**
   * The gateway serves all five sockets. `checks`: the opener's launch checks from inside the bottle's network, which
   * have all held.
   */
  | { readonly event: 'ready'; readonly checks: readonly LaunchCheck[] }
  | { readonly event: 'failed'; readonly reason: string };

/** `pathCut`: the number of characters removed from the end of `path`, because it was too long. */
type Cut<Name extends string> = { readonly [Key in `${Name}Cut`]?: number | undefined };

/** A line of the audit log, as `logs --json` prints it (docs/adr/0022). */
export interface AuditLine extends Cut<'host' | 'method' | 'path' | 'reason'> {
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string;
  readonly bottle: string;
  readonly verdict: 'allow' | 'deny';
  /** The id of the rule that decided, or `default` when none matched. */
  readonly rule: string;
  readonly via: 'connect' | 'proxy' | 'http' | 'tls' | 'dns';
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly reason: string;
  /** Bytes both ways; 0 on the decision's line, known on the `end` line. */
  readonly bytes: number;
  /** Connects a decision with its `end` line. */
  readonly id: string;
  /** `end`: the connection of an earlier decision is over, and `bytes` is final. */
  readonly event: 'decision' | 'end';
  /** The number of further decisions of the same kind that this line represents, in the ten seconds before it. */
  readonly repeats?: number | undefined;
  /** The number of the line in the log, from 1, and the hash that chains it to the one before: see audit/chain.ts. */
  readonly seq: number;
  readonly hash: string;

  /** On a decision's line: version and protocol of opened TLS, such as `TLSv1.3 h2`. */
  readonly tls?: string | undefined;
  /** On a decision's line: the findings in the request. Never the secret itself. */
  readonly findings?: readonly LoggedFinding[] | undefined;

  /** Not in the log. `logs` adds it to a decision: the reason of its end, if that is more than a closed connection. */
  readonly ended?: string | undefined;

  /** On an end's line: milliseconds since the decision. */
  readonly ms?: number | undefined;
  /** On an end's line: the status of the host's answer. */
  readonly status?: number | undefined;
  /** On an end's line: bytes to the host, and from it. */
  readonly up?: number | undefined;
  readonly down?: number | undefined;
  /**
   * On an end's line: tokens, as the answer states them; estimated if they are limited and a stream does not state
   * them.
   */
  readonly usage?: TokenUsage | undefined;
}

/** A finding as it is logged. */
export interface LoggedFinding extends Cut<'id' | 'where'> {
  /** `undecodable`: the inspection could not decode the content. */
  readonly detector: DetectorName;
  readonly id: string;
  readonly fingerprint: string;
  readonly where: string;
  readonly encoding: string;
  /** The gateway overwrote it before the request left. */
  readonly redacted?: true | undefined;
}

/** Tokens of a model's answer. */
export interface TokenUsage {
  /** Includes tokens read from a cache, or written to one. */
  readonly input: number;
  readonly output: number;
}
