import { actionOn, isUncut, type Actions, type DetectorName } from './actions.ts';

/** Input and output types of the inspection of outgoing bytes: the interface to the protocols. */

/** A value that must not leave: a secret of the bottle, the content of a protected file, or a canary in the bottle. */
export interface KnownSecret {
  readonly name: string;
  readonly value: string;
  readonly kind: 'secret' | 'canary';
}

export interface Finding {
  /** `undecodable`: the gateway cannot decode the data. It refuses this like the others, but it saw no secret. */
  readonly detector: DetectorName;
  /** Name of the secret, id of the rule, or the reason why decoding failed. Never the value. */
  readonly id: string;
  /** Keyed fingerprint of the value: 12 hex digits, comparable within one gateway process. Empty for `undecodable`. */
  readonly fingerprint: string;
  /**
   * `url`, `host`, `header:name`, `header name`, `headers` (several joined), `body`, `frame`, or a field of `LogTexts`.
   */
  readonly where: string;
  /** The encodings that hid the value, outermost first: `raw`, `base64`, `base64>gzip`, `pieces`. */
  readonly encoding: string;
  /** Byte range, counted from the start of the pushed bytes, of the unencoded value, which can be redacted. */
  readonly span?: readonly [start: number, end: number];
  /** The outgoing bytes have `*` in its place. */
  readonly redacted?: true;
  /** The rule has too many false positives to block for it. */
  readonly advisory?: true;
  /** The text around it makes it likely. Under `redact`, such a finding only warns if it cannot be redacted. */
  readonly isLikely?: true;
  /** The part of a known value that was found. Not for the log. */
  readonly stretch?: Stretch;
}

/** A part of one byte string (form) that the gateway searches for in place of a known value. */
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

/** The parts of a request that a line of the audit log would contain. */
export interface LogTexts {
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
  /** Bytes that may leave now, in order. With `redact`, `*` overwrites the values. */
  readonly release: Uint8Array;
  readonly findings: readonly Finding[];
  /** True from the first blocking finding on: nothing more is released, and the request must end. */
  readonly blocked: boolean;
}

/** Inspects a body as it passes. */
export interface BodyInspection {
  /** May gather tiny pieces: then it releases nothing until more arrive, or until `flush`. */
  push(bytes: Uint8Array): Passed;
  /** Inspects the gathered bytes. Costs as much as a piece of 8 KiB; the caller limits how often it calls this. */
  flush(): Passed;
  end(): Passed;
  /**
   * From now on the caller sends released bytes at once, so a host sees how much is held back (`known/guesses.ts`).
   * Before this call, none has left.
   */
  startLeaving(): void;
}

export interface Inspector {
  /**
   * Inspects all of a request but its body: each value alone, and values joined. `actions` select optional detectors.
   */
  head(head: RequestHead, actions?: Actions): readonly Finding[];
  body(about: BodyFacts): BodyInspection;
  /**
   * Like `body`, in a separate thread, without blocking the caller. Undefined if there is no such thread.
   * @throws Error if too much already waits there
   */
  readonly largeBody?: ((about: BodyFacts, listener: BodyListener) => RemoteBody) | undefined;
  /** Inspects the name of a host that the client may make up: alone, and joined with the names before it. */
  name(host: string): readonly Finding[];
  /** Inspects the texts of a line of the audit log. Unlike the other methods, it remembers nothing. */
  logTexts(logTexts: LogTexts): readonly Finding[];
  /**
   * Call it with the findings in a head or a name, and the actions on them: a refusal reveals what is known
   * (`known/guesses.ts`).
   */
  note(findings: readonly Finding[], actions: Actions): void;
}

/** Whether a finding ends the request. */
export function isBlocking(finding: Finding, actions: Actions): boolean {
  const action = actionOn(finding.detector, actions);
  if (action === 'off' || action === 'warn' || finding.advisory) return false;
  if (action === 'block') return !(finding.isLikely && isUncut(actions));
  return finding.span === undefined && !finding.isLikely;
}

/** Gets the results for a body, in order. Gets nothing after `onFailed`, or after a blocked result. */
export interface BodyListener {
  /** `isEnd`: this is the last result. */
  onPassed(passed: Passed, isEnd: boolean): void;
  /** The inspection failed, so nothing more of the body may leave. */
  onFailed(error: Error): void;
}

/** A body that is inspected without blocking the caller. */
export interface RemoteBody {
  /** Number of bytes that were pushed and are not inspected yet. The caller must wait if there are many. */
  readonly uninspectedBytes: number;
  /** The caller must not use `bytes` afterwards. */
  push(bytes: Uint8Array): void;
  /** As in `BodyInspection`. */
  flush(): void;
  startLeaving(): void;
  end(): void;
  /** Cancels the inspection. The listener gets nothing from now on. */
  drop(): void;
}
