import type { BudgetLimits, TokenUsage } from '../config.ts';

/** Why nothing more may pass. */
export interface Spent {
  /** The limit's name in a manifest. */
  readonly limit: 'max_bytes' | 'max_requests' | 'max_tokens';
  /** The owner of the limit: the bottle or a rule. */
  readonly rule: 'gateway.budget' | 'gateway.rule-budget';
  readonly reason: string;
}

/** Counts traffic: the budget of a bottle, or of a rule within it. */
export type Allowance = Pick<Budget, 'limitsBytes' | 'limitsTokens' | 'spent' | 'admit' | 'pass' | 'use'>;

/**
 * The use of a bottle against its limits. Counts requests and bytes before they pass, and tokens when the answer states
 * them, or by an estimate. The request that exhausts the tokens ends normally, and none follows. A count that is not a
 * number exhausts every limit.
 */
export class Budget {
  readonly #limits: BudgetLimits;
  #requests = 0;
  #bytes = 0;
  #tokens = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** Whether bytes must be counted by `pass`. */
  get limitsBytes(): boolean {
    return this.#limits.maxBytes !== undefined;
  }

  /** Whether the cost of answers must be counted by `use`. */
  get limitsTokens(): boolean {
    return this.#limits.maxTokens !== undefined;
  }

  /** Returns why no request may pass any more. Undefined: it may. */
  spent(): Spent | undefined {
    const { maxBytes, maxRequests, maxTokens } = this.#limits;
    return (
      (isBelow(this.#bytes, maxBytes) ? undefined : spentOn('max_bytes', maxBytes)) ??
      (isBelow(this.#tokens, maxTokens) ? undefined : spentOn('max_tokens', maxTokens)) ??
      (isBelow(this.#requests, maxRequests) ? undefined : spentOn('max_requests', maxRequests))
    );
  }

  /** Counts a request that is about to pass, or returns why it may not. */
  admit(): Spent | undefined {
    const spent = this.spent();
    if (spent === undefined) this.#requests += 1;
    return spent;
  }

  /**
   * Counts bytes that are about to pass, in either direction. If it returns a reason, they must not pass, and their
   * connection must end.
   */
  pass(bytes: number): Spent | undefined {
    this.#bytes = added(this.#bytes, bytes);
    const { maxBytes } = this.#limits;
    return maxBytes === undefined || this.#bytes <= maxBytes ? undefined : spentOn('max_bytes', maxBytes);
  }

  /** Counts the cost of an answer beyond what was already counted. Negative where an earlier estimate was too high. */
  use({ input, output }: TokenUsage): void {
    this.#tokens = added(0, this.#tokens + input + output);
  }
}

/** Returns whether anything is left. False where the limit is not a number. */
const isBelow = (used: number, limit: number | undefined): boolean => limit === undefined || used < limit;

/** Adds a count. A count that is not a number, or negative, exhausts the limit. */
export const added = (sum: number, count: number): number => (count >= 0 ? sum + count : Infinity);

function spentOn(limit: Spent['limit'], most: number | undefined): Spent {
  return { limit, rule: 'gateway.budget', reason: `the bottle has used up its ${limit} of ${most}` };
}
