import { ActivePassage, Registry, type RevocationChecks } from './active-passages.ts';
import type { Policy, Rule } from '../config.ts';
import type { Asked, Judged } from './gate.ts';
import {
  decide,
  decideEarly,
  lendTo,
  withLending,
  type Decision,
  type EarlyRequest,
  type Request,
} from '../policy/decide.ts';
import { treatAlike } from '../policy/alike.ts';
import { decideLearning, decideLearningEarly } from '../policy/learn.ts';

/** The policy of a running bottle. A change breaks off everything that it no longer allows, at once. */

export interface LivePolicy {
  current(): Policy;
  /** Applies this policy from now on, also to active connections. Returns how many it broke off. */
  change(policy: Policy): number;
  decide(asked: Asked): Decision;
  /** Decides by what is known so far. A DNS question has only the name. */
  decideEarly(request: EarlyRequest): Decision;
  /** Returns whether the policy would allow this as raw bytes. */
  allowsRaw(asked: Asked): boolean;
  /** Returns why an earlier judgement does not hold now. Undefined: it holds. */
  whyNotNow(judged: Judged): string | undefined;
  /** Returns whether the maximum of active passages is reached. */
  isFull(): boolean;
  /** Counts a request until its content was inspected. Call the returned function once, at the end. */
  wait(): () => void;
  /** Registers a passage. Until it leaves, a policy change that does not allow it breaks it off. */
  activate(judged: Judged): ActivePassage;
  /**
   * Registers a connection whose requests are judged one by one. It is broken off when none could be allowed. Returns
   * how to leave.
   */
  attend(asked: Asked, breakOff: () => void): () => void;
  /** Denies everything from now on, whatever this or a later policy says, and breaks off everything active. */
  close(closing: Closing): void;
  /** Returns why everything is denied. Undefined: it is not. */
  closed(): Closing | undefined;
}

/** The rule and reason by which everything is denied. */
export type Closing = Pick<Decision, 'rule' | 'reason'>;

const CHANGED = 'the policy of this bottle changed, and no longer allows this';

/** Starts with the bottle's first policy. `learns`: as in the configuration. */
export function createLivePolicy(first: Policy, learns = false): LivePolicy {
  let policy = first;
  let closed: (Closing & { readonly verdict: 'deny' }) | undefined;
  /** Lending rules of all policies so far, because a host can keep a secret and reveal it much later. */
  let lending: readonly Rule[] = withLending([], first);
  const functions = learns ? LEARNING : ENFORCING;
  const [letOut, attended] = [new Registry(), new Registry()];
  /** The present rule must let it pass in the same way. */
  const holds = ({ asked, grant }: Judged): boolean => {
    const now = decideOn(functions, policy, asked).grant;
    return now !== undefined && treatAlike(now, grant);
  };
  const whyNotNow = (judged: Judged): string | undefined =>
    closed?.reason ?? (judged.policy === policy || holds(judged) ? undefined : CHANGED);
  const breakOffOthers = (): number => letOut.breakOffOthers() + attended.breakOffOthers();
  const checks: RevocationChecks = { whyNotNow, isLent: (host) => lendTo(lending, host) };
  return {
    current: () => policy,
    change: (next) => {
      policy = next;
      lending = withLending(lending, next);
      return breakOffOthers();
    },
    decide: (asked) => closed ?? decideOn(functions, policy, asked),
    decideEarly: (request) => closed ?? functions.early(policy, request),
    allowsRaw: (asked) =>
      closed === undefined && decide(policy, { ...asked, scheme: 'tcp' }).verdict === 'allow',
    whyNotNow,
    isFull: () => letOut.isFull,
    wait: () => letOut.wait(),
    activate: (judged) => new ActivePassage(letOut, judged, checks),
    attend: (asked, breakOff) => {
      const mayHold = (): boolean =>
        closed === undefined && decideOn(functions, policy, asked).verdict === 'allow';
      const whyNot = (): string | undefined => (mayHold() ? undefined : (closed?.reason ?? CHANGED));
      const connection = { whyNotNow: whyNot, breakOff, place: -1 };
      attended.enter(connection);
      if (!mayHold()) breakOff();
      return () => void attended.leave(connection);
    },
    close: ({ rule, reason }) => {
      closed = { verdict: 'deny', rule, reason };
      // The request that caused this is still handling its own refusal.
      setImmediate(breakOffOthers);
    },
    closed: () => closed,
  };
}

interface Functions {
  readonly early: typeof decideEarly;
  readonly whole: typeof decide;
}

const ENFORCING: Functions = { early: decideEarly, whole: decide };
const LEARNING: Functions = { early: decideLearningEarly, whole: decideLearning };

function decideOn({ early, whole }: Functions, policy: Policy, asked: Asked): Decision {
  return hasScheme(asked) ? whole(policy, asked) : early(policy, asked);
}

const hasScheme = (asked: Asked): asked is Asked & Pick<Request, 'scheme'> => asked.scheme !== undefined;
