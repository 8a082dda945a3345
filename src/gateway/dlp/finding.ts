import { actionOn, isUncut, type Actions, type DetectorName } from './actions.ts';
import type { BodyListener, RemoteBody } from './thread/body.ts';

/** What the inspection of outgoing bytes gives, and is given: the seam to the protocols. */

/** A value that must not leave: of the bottle's secrets or of a protected file, or a canary placed in the bottle. */
export interface KnownSecret {
  readonly name: string;
  readonly value: string;
  readonly kind: 'secret' | 'canary';
}

export interface Finding {
  /** `undecodable`: nobody can say what is in there. A refusal like the others, but not a secret seen. */
  readonly detector: DetectorName;
  /** Name of the secret, id of the rule, or why it cannot be decoded. Never the value. */
  readonly id: string;
  /** Keyed fingerprint of the value: 12 hex digits, comparable within one gateway process. Empty for `undecodable`. */
  readonly fingerprint: string;
  /** `url`, `host`, `header:name`, `header name`, `headers` (several joined), `body`, `frame`; what `told` says. */
  readonly where: string;
  /** How it was disguised, outermost first: `raw`, `base64`, `base64>gzip`, `pieces`. */
  readonly encoding: string;
  /** Bytes from the beginning of what was pushed: where the value lies there as it stands and can be cut out. */
  readonly span?: readonly [start: number, end: number];
  /** What leaves has `*` in its place. */
  readonly redacted?: true;
  /** Of a rule that is right too seldom to block for. */
  readonly advisory?: true;
  /** Right by what stands round it: where findings are redacted and this one cannot be, it only warns. */
  readonly isLikely?: true;
  /** Of a known value: which part of it. Not for the log. */
  readonly stretch?: Stretch;
}

/** A part of a known value, as one of the byte strings that it is looked for as. */
export interface Stretch {
  /** Fingerprint of the byte string. */
  readonly form: string;
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

export interface RequestHead {
  /** Canonical, without port. */
  readonly host: string;
  /** As sent, with its query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What a line of the log would tell of a request. */
export interface Told {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly reason: string;
}

export interface BodyFacts {
  readonly host: string;
  /** `body` or `frame`. */
  readonly where: string;
  readonly action: Actions;
  /** The Content-Encoding header. */
  readonly contentEncoding?: string | undefined;
}

export interface Passed {
  /** What may leave now, in order; with `redact` the values are overwritten with `*`. */
  readonly release: Uint8Array;
  readonly findings: readonly Finding[];
  /** True from the first finding on that may not leave: nothing is released any more, and the request must end. */
  readonly blocked: boolean;
}

/** A body that is looked at as it passes. */
export interface BodyInspection {
  /** Tiny pieces may be gathered: then nothing is released until more come, or `flush`. */
  push(bytes: Uint8Array): Passed;
  /** Looks at what was gathered. Costs what a piece of 8 KiB does: how often is for who calls it to bound. */
  flush(): Passed;
  end(): Passed;
  /** From now on what is released goes on at once, so that a host sees what waits (`known/guesses.ts`). Until then nothing has. */
  startLeaving(): void;
}

export interface Inspector {
  /** Everything of a request but its body; values are looked at one by one and joined. `actions` say what is asked for. */
  head(head: RequestHead, actions?: Actions): readonly Finding[];
  body(about: BodyFacts): BodyInspection;
  /**
   * The same in a thread of its own, while other things go on. Undefined: there is none.
   * @throws Error where too much waits there already
   */
  readonly largeBody?: ((about: BodyFacts, listener: BodyListener) => RemoteBody) | undefined;
  /** The name of a host that is made up as it is asked for: by itself, and with those before it. */
  name(host: string): readonly Finding[];
  /** What the log would tell with these; unlike the others it remembers nothing. */
  told(told: Told): readonly Finding[];
  /** To be told of what was found in a head or a name, and what is done about it: refusals tell what is known (`known/guesses.ts`). */
  note(findings: readonly Finding[], actions: Actions): void;
}

/** Whether a finding ends the request. */
export function isBlocking(finding: Finding, actions: Actions): boolean {
  const action = actionOn(finding.detector, actions);
  if (action === 'off' || action === 'warn' || finding.advisory) return false;
  if (action === 'block') return !(finding.isLikely && isUncut(actions));
  return finding.span === undefined && !finding.isLikely;
}
