import type { Actions } from '../actions.ts';
import type { BodyFacts, Finding, KnownSecret } from '../finding.ts';
import type { Part } from '../known/guesses.ts';
import type { RuleSet } from '../rules/rule.ts';

/** What the gateway's main thread and its inspection thread say to each other. All of it stays in the gateway's process. */

/** What the inspection thread is started with. */
export interface ThreadData {
  /** Of the manifest, besides the pinned ones. */
  readonly secretRules?: RuleSet | undefined;
  /** Findings of both threads name the same value alike (`fingerprint.ts`). */
  readonly fingerprintKey: Uint8Array;
}

/** Each `body` is a number that the main thread chose. */
export type Order =
  /** From now on bodies are inspected for these. */
  | { readonly kind: 'know'; readonly secrets: readonly KnownSecret[] }
  | { readonly kind: 'begin'; readonly body: number; readonly about: BodyFacts }
  | { readonly kind: 'push'; readonly body: number; readonly bytes: Uint8Array }
  | { readonly kind: 'flush' | 'end' | 'startLeaving'; readonly body: number }
  /** Nobody waits for it any more. */
  | { readonly kind: 'drop'; readonly body: number };

/** The answer to each `push`, `flush`, `end` and `startLeaving`, of all bodies in the order in which they came. */
export interface Answer {
  readonly body: number;
  /** So many more of the pushed bytes may leave, with what is to be cut out overwritten. */
  readonly releasedBytes: number;
  readonly findings: readonly Finding[];
  readonly blocked: boolean;
  /** What concerns the memory of the bottle, which only the main thread has, in order. */
  readonly notes: readonly Note[];
  /** What the thread uses: its heap and its buffers. */
  readonly memoryBytes: number;
}

/** A call to the memory of the bottle (`memory.ts`) that the main thread makes. */
export type Note =
  /** A part of a known value, by the place of its form in the list of forms. */
  | {
      readonly kind: 'piece';
      readonly form: number;
      readonly at: number;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: 'found'; readonly findings: readonly Part[]; readonly actions: Actions }
  /** What the end of a body waits for, by the number of one of its views. */
  | {
      readonly kind: 'end';
      readonly view: number;
      readonly begun: readonly Part[];
      readonly hasGoneOn: boolean;
    };
