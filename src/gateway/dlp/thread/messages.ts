import type { Actions } from '../actions.ts';
import type { BodyFacts, Finding, KnownSecret } from '../finding.ts';
import type { Part } from '../known/guesses.ts';
import type { RuleSet } from '../rules/rule.ts';

/** Messages between the gateway's main thread and its inspection thread. They stay in the gateway's process. */

/** Data with which the inspection thread starts. */
export interface ThreadData {
  /** Rules of the manifest, in addition to the pinned ones. */
  readonly secretRules?: RuleSet | undefined;
  /** Gives findings of both threads the same fingerprint for the same value (`fingerprint.ts`). */
  readonly fingerprintKey: Uint8Array;
}

/** Each `body` is a number that the main thread chose. */
export type Order =
  /** Bodies that begin from now on are inspected for these secrets. */
  | { readonly kind: 'know'; readonly secrets: readonly KnownSecret[] }
  | { readonly kind: 'begin'; readonly body: number; readonly about: BodyFacts }
  | { readonly kind: 'push'; readonly body: number; readonly bytes: Uint8Array }
  | { readonly kind: 'flush' | 'end' | 'startLeaving'; readonly body: number }
  /** No requester waits for this body any more. */
  | { readonly kind: 'drop'; readonly body: number };

/** The answer to each `push`, `flush`, `end` and `startLeaving`, of all bodies, in the order of these messages. */
export interface Answer {
  readonly body: number;
  /** Number of further pushed bytes that may leave, after redaction. */
  readonly releasedBytes: number;
  readonly findings: readonly Finding[];
  readonly blocked: boolean;
  /** Calls to the memory of the bottle, which only the main thread has, in order. */
  readonly notes: readonly Note[];
  /** Memory that the thread uses, in bytes: its heap and its buffers. */
  readonly memoryBytes: number;
}

/** A call to the memory of the bottle (`memory.ts`) that the main thread makes. */
export type Note =
  /** A part of a known value. `form` is the place of its form in the list of forms. */
  | {
      readonly kind: 'piece';
      readonly form: number;
      readonly at: number;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: 'found'; readonly findings: readonly Part[]; readonly actions: Actions }
  /** The parts that the end of a body waits for. `view` is the number of one of its views. */
  | {
      readonly kind: 'end';
      readonly view: number;
      readonly begun: readonly Part[];
      readonly hasGoneOn: boolean;
    };
