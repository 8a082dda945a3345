import type { BudgetLimits, TokenUsage } from '../config.ts';

/** Why nothing more may go out. */
export interface Spent {
  /** As it is called in a manifest. */
  readonly limit: 'max_bytes' | 'max_requests' | 'max_tokens';
  /** Whose limit it is: the bottle's or a rule's. */
  readonly rule: 'gateway.budget' | 'gateway.rule-budget';
  readonly reason: string;
}

/** Where what passes is counted: the budget of a bottle, or of a rule within it. */
export type Allowance = Pick<Budget, 'limitsBytes' | 'limitsTokens' | 'spent' | 'admit' | 'pass' | 'use'>;

/**
 * What a bottle has used, against its limits. Requests are counted before they go out, bytes before they are passed on,
 * tokens when the answer has stated them, or as they are estimated: the request that uses them up ends as it would, and none comes after it.
 * A count that is none uses up everything.
 */
export class Budget {
  readonly #limits: BudgetLimits;
  #requests = 0;
  #bytes = 0;
  #tokens = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** Whether bytes must come through `pass`. */
  get limitsBytes(): boolean {
    return this.#limits.maxBytes !== undefined;
  }

  /** Whether what answers cost must come through `use`. */
  get limitsTokens(): boolean {
    return this.#limits.maxTokens !== undefined;
  }

  /** Why no request may go out any more. */
  spent(): Spent | undefined {
    const { maxBytes, maxRequests, maxTokens } = this.#limits;
    return (
      (isBelow(this.#bytes, maxBytes) ? undefined : spentOn('max_bytes', maxBytes)) ??
      (isBelow(this.#tokens, maxTokens) ? undefined : spentOn('max_tokens', maxTokens)) ??
      (isBelow(this.#requests, maxRequests) ? undefined : spentOn('max_requests', maxRequests))
    );
  }

  /** Counts a request that is about to go out, or says why it may not. */
  admit(): Spent | undefined {
    const spent = this.spent();
    if (spent === undefined) this.#requests += 1;
    return spent;
  }

  /** Counts bytes that are about to be passed on, either way; where it says why not, they and their connection end here. */
  pass(bytes: number): Spent | undefined {
    this.#bytes = added(this.#bytes, bytes);
    const { maxBytes } = this.#limits;
    return maxBytes === undefined || this.#bytes <= maxBytes ? undefined : spentOn('max_bytes', maxBytes);
  }

  /** Counts what an answer has cost beyond what was counted of it before; less than nothing where that was estimated too high. */
  use({ input, output }: TokenUsage): void {
    this.#tokens = added(0, this.#tokens + input + output);
  }
}

/** Whether there is anything left; never where the limit is no number. */
const isBelow = (used: number, limit: number | undefined): boolean => limit === undefined || used < limit;

/** A count that is none uses up everything. */
export const added = (sum: number, count: number): number => (count >= 0 ? sum + count : Infinity);

function spentOn(limit: Spent['limit'], most: number | undefined): Spent {
  return { limit, rule: 'gateway.budget', reason: `the bottle has used up its ${limit} of ${most}` };
}
