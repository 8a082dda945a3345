import type { RuleName } from './rules.ts';

/** A request as a hostile or an honest program sends it, and its expected outcome. */

export interface Row {
  /** Unique; names the special property of the row. */
  readonly id: string;
  /** The origin of the row: a case of research on other gateways (A1, D6, ...), an RFC, or the tool that sends it. */
  readonly source: string;
  readonly send: (marks: Marks) => Sending;
  readonly verdict: 'allow' | 'deny';
  /** The rule in the decision: one of `RULES`, `DENIALS`, a `gateway.*`, or `default`. */
  readonly rule: RuleName | `gateway.${string}` | 'default';
  /** For a hostile row: the allowed row that differs from it only by the trick. */
  readonly control?: string;
  /** For an allowed row: texts that servers must have received, besides the nonce. */
  readonly arrives?: (marks: Marks) => readonly string[];
}

/** Values drawn anew for each row and run. */
export interface Marks {
  /** Part of every request: must arrive if the verdict is `allow`, and must not if it is `deny`. */
  readonly nonce: string;
  /** Part of data that must never arrive, whatever the verdict. */
  readonly evil: string;
  /** The value in the bottle that represents the identity of a rule. */
  readonly placeholder: string;
}

/** One instruction to the program in the bottle. */
export type Sending = Stream | Http2 | Question | Redirected;

/** Raw bytes on a connection. */
export interface Stream {
  readonly kind: 'stream';
  /** A port of the gateway. */
  readonly port: 3128 | 80 | 443;
  /** The target of a tunnel that the sender requests first. */
  readonly connect?: string;
  /** Lines of the CONNECT request, each with its line end. */
  readonly connectHeaders?: string;
  readonly tls?: { readonly sni?: string; readonly alpn?: readonly string[] };
  /** Latin-1; the sender writes each part separately. */
  readonly parts: readonly string[];
  /** HTTP/2: the streams whose end the sender awaits. */
  readonly streams?: readonly number[];
}

/** Requests by Node's own HTTP/2 client, all at once on one connection. */
export interface Http2 {
  readonly kind: 'http2';
  readonly host: string;
  readonly requests: readonly {
    readonly headers: Readonly<Record<string, string | readonly string[]>>;
    /** Latin-1. */
    readonly body?: string;
    readonly trailers?: Readonly<Record<string, string>>;
  }[];
}

export interface Question {
  readonly kind: 'dns';
  readonly name: string;
  readonly type: string;
}

/** A request that a redirect answers, and the CONNECT of a client that follows it. */
export interface Redirected {
  readonly kind: 'redirected';
  readonly first: Stream;
}

/** Returns whether the row is meant to do harm. */
export const isHostile = ({ control }: Row): boolean => control !== undefined;
