import type { TokenUsage } from '../config.ts';

/** What a bottle may use in all; undefined: as much as it likes. */
export interface BudgetLimits {
  /** To hosts and from them, of what is allowed. */
  readonly maxBytes?: number;
  /** Requests, and tunnels of which nobody sees inside. */
  readonly maxRequests?: number;
  /** Input and output, as far as answers state them. */
  readonly maxTokens?: number;
}

/** Why nothing more may go out. */
export interface Spent {
  /** As it is called in a manifest. */
  readonly limit: 'max_bytes' | 'max_requests' | 'max_tokens';
  readonly reason: string;
}

/**
 * What a bottle has used, against its limits. Requests are counted before they go out, bytes before they are passed on,
 * tokens when the answer has stated them: the request that uses them up ends as it would, and none comes after it.
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

  /** Counts a request that is about to go out, or says why it may not. */
  admit(): Spent | undefined {
    const { maxBytes, maxRequests, maxTokens } = this.#limits;
    const spent =
      (isBelow(this.#bytes, maxBytes) ? undefined : spentOn('max_bytes', maxBytes)) ??
      (isBelow(this.#tokens, maxTokens) ? undefined : spentOn('max_tokens', maxTokens)) ??
      (isBelow(this.#requests, maxRequests) ? undefined : spentOn('max_requests', maxRequests));
    if (spent === undefined) this.#requests += 1;
    return spent;
  }

  /** Counts bytes that are about to be passed on, either way; where it says why not, they and their connection end here. */
  pass(bytes: number): Spent | undefined {
    this.#bytes = added(this.#bytes, bytes);
    const { maxBytes } = this.#limits;
    return maxBytes === undefined || this.#bytes <= maxBytes ? undefined : spentOn('max_bytes', maxBytes);
  }

  /** Counts what an answer stated, once for each answer. */
  use({ input, output }: TokenUsage): void {
    this.#tokens = added(added(this.#tokens, input), output);
  }
}

/** Whether there is anything left; never where the limit is no number. */
const isBelow = (used: number, limit: number | undefined): boolean => limit === undefined || used < limit;

const added = (sum: number, count: number): number => (count >= 0 ? sum + count : Infinity);

function spentOn(limit: Spent['limit'], most: number | undefined): Spent {
  return { limit, reason: `the bottle has used up its ${limit} of ${most}` };
}
