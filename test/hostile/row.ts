import type { RuleName } from './rules.ts';

/** A request as a hostile or an honest program sends it, and what is to become of it. */

export interface Row {
  /** Unique; says what is special about it. */
  readonly id: string;
  /** Where it comes from: a case of research on other gateways (A1, D6, ...), an RFC, or the tool that sends it. */
  readonly source: string;
  readonly send: (marks: Marks) => Sending;
  readonly verdict: 'allow' | 'deny';
  /** The rule in the decision: one of `RULES`, `DENIALS`, a `gateway.*`, or `default`. */
  readonly rule: RuleName | `gateway.${string}` | 'default';
  /** On what is hostile: the row that must be allowed, and differs only in the trick. */
  readonly control?: string;
  /** Texts that servers must have received, besides the nonce; for what is allowed. */
  readonly arrives?: (marks: Marks) => readonly string[];
}

/** Drawn anew for each row and run. */
export interface Marks {
  /** In every request: must arrive where the verdict is `allow`, and must not where it is `deny`. */
  readonly nonce: string;
  /** In what must never arrive, whatever the verdict. */
  readonly evil: string;
  /** What stands in the bottle for the identity of a rule. */
  readonly placeholder: string;
}

/** What the program in the bottle is told to send. */
export type Sending = Stream | Http2 | Question | Redirected;

/** Bytes on a connection, as they are. */
export interface Stream {
  readonly kind: 'stream';
  /** Of the gateway. */
  readonly port: 3128 | 80 | 443;
  /** A tunnel to this target is asked for first. */
  readonly connect?: string;
  /** Lines of the CONNECT request, each with its end. */
  readonly connectHeaders?: string;
  readonly tls?: { readonly sni?: string; readonly alpn?: readonly string[] };
  /** Latin-1; each is written by itself. */
  readonly parts: readonly string[];
  /** HTTP/2: the streams whose end is waited for. */
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

/** A request whose answer is a redirect, and the CONNECT that a client makes to follow it. */
export interface Redirected {
  readonly kind: 'redirected';
  readonly first: Stream;
}

/** Whether it is meant to do harm. */
export const isHostile = ({ control }: Row): boolean => control !== undefined;
