import type { Rule, TokenUsage } from '../config.ts';
import { added, type Allowance, type Budget, type Spent } from './budget.ts';

/** Counts the traffic of rules with a separate limit for that limit, and for the bottle. */
export class RuleBudgets {
  readonly #bottle: Budget;
  /**
   * Bytes in both directions, by the name of the budget. Kept for rules that a policy change removes and later adds
   * again.
   */
  readonly #bytes = new Map<string, number>();

  constructor(bottle: Budget) {
    this.#bottle = bottle;
  }

  /** Returns the allowance that counts the traffic of this rule. */
  of({ budget }: Pick<Rule, 'budget'>): Allowance {
    return budget === undefined ? this.#bottle : new RuleBudget(budget, this.#bottle, this.#bytes);
  }
}

type Limit = NonNullable<Rule['budget']>;

class RuleBudget implements Allowance {
  readonly #limit: Limit;
  readonly #bottle: Budget;
  readonly #bytes: Map<string, number>;
  readonly limitsBytes = true;

  constructor(limit: Limit, bottle: Budget, bytes: Map<string, number>) {
    this.#limit = limit;
    this.#bottle = bottle;
    this.#bytes = bytes;
  }

  get limitsTokens(): boolean {
    return this.#bottle.limitsTokens;
  }

  spent(): Spent | undefined {
    return this.#bottle.spent() ?? (this.#used() < this.#limit.maxBytes ? undefined : this.#spent());
  }

  admit(): Spent | undefined {
    return this.spent() ?? this.#bottle.admit();
  }

  pass(bytes: number): Spent | undefined {
    this.#bytes.set(this.#limit.name, added(this.#used(), bytes));
    const ofBottle = this.#bottle.pass(bytes);
    return ofBottle ?? (this.#used() <= this.#limit.maxBytes ? undefined : this.#spent());
  }

  use(usage: TokenUsage): void {
    this.#bottle.use(usage);
  }

  #used(): number {
    return this.#bytes.get(this.#limit.name) ?? 0;
  }

  #spent(): Spent {
    const { name, maxBytes } = this.#limit;
    return {
      limit: 'max_bytes',
      rule: 'gateway.rule-budget',
      reason: `the rules of ${name} have used up their max_bytes of ${maxBytes}`,
    };
  }
}
