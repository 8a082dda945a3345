import type { Actions, DetectorName } from './dlp/actions.ts';
import type { RuleSet } from './dlp/rules/rule.ts';

/** What the gateway process is told. Written by the launcher as JSON, read once at start; holds no secret of the agent's. */

export type Scheme = 'https' | 'http' | 'tcp';

/** A rule in canonical form: host in the one spelling, defaults filled in. */
export interface Rule {
  /** How the rule is named in the log and in denials: e.g. `egress.allow[2] npm`. */
  readonly id: string;
  /** `example.org`, `*.example.org` (subdomains of any depth, not the apex), or an IP address in canonical form. */
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  /** Upper case; undefined: every method. On `https` only where the rule opens TLS. */
  readonly methods?: readonly string[];
  /** Globs on the decoded path; undefined: every path. On `https` only where the rule opens TLS. */
  readonly paths?: readonly string[];
  /** TLS is opened at the gateway: always with methods, paths, websocket, inject or dlp. Undefined: it passes unopened. */
  readonly opensTls?: true;
  /** WebSockets are allowed, besides requests. On TLS that passes unopened nobody sees them. */
  readonly websocket?: true;
  /** The identity that requests by this rule get; any other credential of the caller's is taken away. */
  readonly inject?: Injection;
  /** What happens when something secret is found in what leaves; undefined: nothing is looked at. */
  readonly dlp?: Actions;
  /** What may pass by it, both ways; rules whose budgets have one name count together. */
  readonly budget?: { readonly name: string; readonly maxBytes: number };
  /** Dialled as they stand, without a lookup: the only way to a private address. */
  readonly addresses?: readonly string[];
}

/** A secret of `GatewaySecrets.inject`, by name, and the one place of a request that it is put into. */
export interface Injection {
  readonly secret: string;
  readonly slot: Slot;
}

export type Slot =
  /** The value as it stands; the name in lower case. */
  | { readonly kind: 'header'; readonly name: string }
  /** `Authorization: Bearer VALUE` */
  | { readonly kind: 'bearer' }
  /** `Authorization: Basic base64(user:VALUE)`, as git and registries take it. */
  | { readonly kind: 'basic'; readonly user: string }
  /** A parameter of the query. */
  | { readonly kind: 'query'; readonly name: string }
  /** AWS Signature Version 4; the secret is the secret access key, or all of the credentials where no id is said. */
  | {
      readonly kind: 'sigv4';
      readonly service: string;
      readonly region: string;
      readonly accessKeyId?: string;
    };

export interface Policy {
  readonly allow: readonly Rule[];
  /** Beats allow. A deny rule without a port of its own has port 0: every port. */
  readonly deny: readonly Rule[];
}

/** What a bottle may use in all; undefined: as much as it likes. */
export interface BudgetLimits {
  /** To hosts and from them, of what is allowed. */
  readonly maxBytes?: number;
  /** Requests, and tunnels of which nobody sees inside. */
  readonly maxRequests?: number;
  /** Input and output, as far as answers state them. */
  readonly maxTokens?: number;
}

/** The company proxy of the host, as `HTTPS_PROXY` names it. */
export interface UpstreamProxy {
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`, from user-info in the URL. */
  readonly authorization?: string;
  /** `NO_PROXY`: names (with their subdomains), addresses and ranges that are dialled directly; `*`: all. */
  readonly bypass: readonly string[];
}

/** What a gateway in a container of its own opens: ports of an address, or Unix sockets in a folder, by their names. */
export type SidecarSockets =
  | { readonly kind: 'listen'; readonly address: string }
  | { readonly kind: 'unix'; readonly folder: string };

export interface GatewayConfig {
  readonly bottleId: string;
  readonly policy: Policy;
  readonly limits?: BudgetLimits;
  /** What no rule is about is let out too, and logged by the rule `learn`, as far as it is public: see policy/learn.ts. */
  readonly learns?: true;
  /** The address DNS answers give: where the bottle sees the gateway. */
  readonly gatewayAddress: string;
  /** How the bottle's sockets come: handed over on this Unix socket (joined and holder form), or opened here (bridge and sockets form). */
  readonly sockets:
    | { readonly kind: 'handover'; readonly socketPath: string; readonly relayPath: string }
    | SidecarSockets;
  /** One JSON line per decision is appended here before any byte leaves. */
  readonly auditPath: string;
  /** The most the audit log may grow to, after which nothing gets out. Default 256 MiB. */
  readonly auditLimitBytes?: number;
  /** Where the launcher can ask and tell something: a Unix socket, made by the gateway. Undefined: nowhere. */
  readonly controlPath?: string;
  /** SHA-256, as hexadecimal digits, of the token that whoever asks there must send; needed with `controlPath`. */
  readonly controlTokenDigest?: string;
  /** How long a host may do nothing where it is its turn, in opened TLS and plain HTTP. Default 15 minutes. */
  readonly upstreamSilenceMs?: number;
  /** The host's own addresses, and networks as `192.0.2.0/24`: never dialled unless pinned. */
  readonly hostAddresses: readonly string[];
  /** A folder that shows the host's tables of addresses, where the gateway has a network namespace of its own. */
  readonly hostTables?: string;
  readonly upstreamProxy?: UpstreamProxy;
  /** PEM: whom the gateway believes, as the host does. Undefined: whom Node believes. */
  readonly trustPath?: string;
  /** Rules in gitleaks’ format, besides the pinned ones. */
  readonly secretRules?: RuleSet;
  /** `GatewaySecrets` come on standard input: a line of JSON. */
  readonly hasSecrets?: true;
}

/** What the gateway is given by a channel of its own (standard input), and keeps in memory only. */
export interface GatewaySecrets {
  readonly inject: Readonly<Record<string, InjectedSecret>>;
  /** Values that must not leave besides: of the host's protected files, and canaries placed in the bottle. */
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
  /** What the value is made of: `ID:SECRET`, or `ID:SECRET:TOKEN`; undefined: it is the secret itself. */
  readonly gives?: 'awsCredentials';
  /** What stands for it in the bottle: of the same shape, and worth nothing. */
  readonly placeholder: string;
  /** The launcher reads it again when a host rejects it. */
  readonly isRenewable?: true;
}

/** A line that the gateway writes to its standard output, for the launcher. */
export type GatewayEvent =
  /** Before any other, where a rule opens TLS: PEM, for the bottle to trust. */
  | { readonly event: 'authority'; readonly certificate: string }
  /** The relay's socket exists: the opener may connect. */
  | { readonly event: 'listening' }
  /** All five sockets are served; the opener's launch checks from inside the bottle's network, all held. */
  | { readonly event: 'ready'; readonly checks: readonly { id: string; claim: string; evidence: string }[] }
  | { readonly event: 'failed'; readonly reason: string };

/** `pathCut`: so many characters at the end of `path` are left out, for it was too long. */
type Cut<Name extends string> = { readonly [Key in `${Name}Cut`]?: number | undefined };

/** A line of the audit log, as `logs --json` prints it (docs/adr/0022, 0094). */
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
  /** Joins a decision with its `end` line. */
  readonly id: string;
  /** `end`: the connection of an earlier decision is over, and `bytes` is final. */
  readonly event: 'decision' | 'end';
  /** This line stands for so many more decisions of the same kind, in the ten seconds before it. */
  readonly repeats?: number | undefined;
  /** The number of the line in the log, from 1, and the hash that chains it to the one before: see audit/chain.ts. */
  readonly seq: number;
  readonly hash: string;

  /** On a decision's line: version and protocol of opened TLS, as `TLSv1.3 h2`. */
  readonly tls?: string | undefined;
  /** On a decision's line: what was found in the request. Never the secret itself. */
  readonly findings?: readonly LoggedFinding[] | undefined;

  /** In no line of the log: with a decision, as `logs` gives it, the reason of its end, where that is more than that it was closed. */
  readonly ended?: string | undefined;

  /** On an end's line: milliseconds since the decision. */
  readonly ms?: number | undefined;
  /** On an end's line: the status of the host's answer. */
  readonly status?: number | undefined;
  /** On an end's line: bytes to the host, and from it. */
  readonly up?: number | undefined;
  readonly down?: number | undefined;
  /** On an end's line: tokens, as the answer states them; with an estimate, where they are limited and a stream does not. */
  readonly usage?: TokenUsage | undefined;
}

/** A finding as it is logged. */
export interface LoggedFinding extends Cut<'id' | 'where'> {
  /** `undecodable`: nobody could say what was in there. */
  readonly detector: DetectorName;
  readonly id: string;
  readonly fingerprint: string;
  readonly where: string;
  readonly encoding: string;
  /** It was overwritten before the request left. */
  readonly redacted?: true | undefined;
}

/** Tokens of a model's answer. */
export interface TokenUsage {
  /** With those that were read from a cache, or written to one. */
  readonly input: number;
  readonly output: number;
}
