import type { Rule, TokenUsage } from '../config.ts';
import { added, type Allowance, type Budget, type Spent } from './budget.ts';

/** What goes by rules that have a limit of their own counts for that, and for the bottle. */
export class RuleBudgets {
  readonly #bottle: Budget;
  /** Bytes both ways, by the name of the budget: also of rules that a change of the policy took away and brought back. */
  readonly #bytes = new Map<string, number>();

  constructor(bottle: Budget) {
    this.#bottle = bottle;
  }

  /** Where what this rule lets out is counted. */
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
