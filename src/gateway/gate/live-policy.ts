import { ActivePassage, Registry, type RevocationChecks } from './active-passages.ts';
import type { Policy, Rule } from '../config.ts';
import type { Asked, Judged } from './gate.ts';
import { treatAlike } from '../policy/alike.ts';
import {
  decide,
  decideEarly,
  lendTo,
  withLending,
  type Decision,
  type EarlyRequest,
  type Request,
} from '../policy/decide.ts';
import { decideLearning, decideLearningEarly } from '../policy/learn.ts';

/** The policy of a bottle that runs: it can be changed, and what a change does not allow any more is broken off at once. */

export interface LivePolicy {
  current(): Policy;
  /** Judges by it from now on, also what is under way: gives how many connections were broken off. */
  change(policy: Policy): number;
  decide(asked: Asked): Decision;
  /** What is known so far: of a DNS question only the name. */
  decideEarly(request: EarlyRequest): Decision;
  /** Whether this would be allowed as raw bytes. */
  allowsRaw(asked: Asked): boolean;
  /** Why what was judged before does not hold now; undefined: it does. */
  whyNotNow(judged: Judged): string | undefined;
  /** Whether as much is under way as may be. */
  isFull(): boolean;
  /** Counts one that is to be let out once its content was looked at. Gives how that ends, to be called once. */
  wait(): () => void;
  /** From here until it leaves, what was let out is broken off by a change that does not allow it. */
  activate(judged: Judged): ActivePassage;
  /** A connection inside which each request is judged by itself: broken off when none could be allowed. Gives how to leave. */
  attend(asked: Asked, breakOff: () => void): () => void;
  /** Denies everything from now on, whatever this policy or a later one says, and breaks off what is under way. */
  close(closing: Closing): void;
  /** Why everything is denied; undefined: it is not. */
  closed(): Closing | undefined;
}

/** What everything is denied by. */
export type Closing = Pick<Decision, 'rule' | 'reason'>;

const CHANGED = 'the policy of this bottle was changed, and does not allow it any more';

/** Begins with the policy that the bottle started with. `learns`: as in the configuration. */
export function createLivePolicy(first: Policy, learns = false): LivePolicy {
  let policy = first;
  let closed: (Closing & { readonly verdict: 'deny' }) | undefined;
  /** Of every policy so far: what a host was lent, it can keep, and tell long after. */
  let lending: readonly Rule[] = withLending([], first);
  const functions = learns ? LEARNING : ENFORCING;
  const [letOut, attended] = [new Registry(), new Registry()];
  /** A rule that would now let it out must do so in the same way. */
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
    allowsRaw: (asked) => closed === undefined && decide(policy, requestOf(asked, 'tcp')).verdict === 'allow',
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
      // Whatever brought it about is in the midst of its own refusal.
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
  const { scheme } = asked;
  return scheme === undefined ? early(policy, asked) : whole(policy, requestOf(asked, scheme));
}

// Written out, not spread: these run for every connection, and objects of one shape are what V8 is fast with.
function requestOf(asked: Asked, scheme: Request['scheme']): Request {
  const { host, port, path, isRequest, secondPaths } = asked;
  const method = isRequest === true ? asked.method : undefined;
  const hasBody = asked.hasBody === true;
  const isWebSocket = asked.isWebSocket === true;
  const isOverridden = asked.isOverridden === true;
  return { host, port, scheme, method, path, hasBody, isWebSocket, isOverridden, secondPaths };
}
