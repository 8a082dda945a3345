/**
 * Limits lookups, which occupy threads. Each lookup at a silent name server occupies its thread for half a minute. So
 * that those never occupy all threads, each domain gets only some. The less a domain is known to answer quickly, the
 * fewer lookups may be active when one of its own starts.
 */

/** libuv gives lookups half of its threads (UV_THREADPOOL_SIZE). One is left for the name of a company proxy. */
const MOST = { slow: 4, unknown: 6, quick: 7 } as const;
/** Less than MOST.slow, so that one domain cannot delay another, even one that was slow before. */
const MOST_OF_DOMAIN = 3;
const MOST_WAITING = 1_000;
const MOST_WAITING_OF_DOMAIN = 100;
const QUICK_MS = 2_000;
/** Otherwise, a domain whose owner helps the bottle could answer one name quickly, and then be silent again. */
const SLOW_FOR_MS = 300_000;
const WAIT_MS = 10_000;
const MAX_KNOWN = 500;

/**
 * Second labels below a country's domain, where others register domains. A list of names, because `t.co` and `fly.io`
 * are as short and have one owner.
 */
const REGISTRIES = new Set('ac co com edu go gob gov mil ne net or org'.split(' '));

/** No turn came in time, or too many lookups wait. It says nothing about the name. */
export class NoTurn extends Error {
  constructor() {
    super('the name servers of this host are slow, and too many other names wait for them');
  }
}

interface Waiter {
  readonly domain: string;
  readonly goOn: () => void;
}

interface Known {
  /** Whether it was quick the last time. */
  readonly quick: boolean;
  readonly slowUntilMs: number;
}

/** Active and waiting lookups. */
export class Turns {
  /** The domain of each active search. */
  readonly #underWay: string[] = [];
  readonly #waiting = new Set<Waiter>();
  /** How domains answered, the latest last. */
  readonly #known = new Map<string, Known>();

  /** Runs a search at its turn. @throws NoTurn when the turn does not come in time; whatever the search throws */
  async take<Found>(name: string, search: () => Promise<Found>): Promise<Found> {
    const domain = domainOf(name);
    if (this.#mayBegin(domain)) this.#underWay.push(domain);
    else await this.#turn(domain);
    const sinceMs = performance.now();
    try {
      return await search();
    } finally {
      this.#remember(domain, performance.now() - sinceMs < QUICK_MS);
      this.#leave(domain);
    }
  }

  #mayBegin(domain: string): boolean {
    if (this.#underWay.length >= MOST[this.#howIs(domain)]) return false;
    return this.#underWay.filter((other) => other === domain).length < MOST_OF_DOMAIN;
  }

  /** Settles once the domain has a place among the active searches. */
  async #turn(domain: string): Promise<void> {
    const ofDomain = [...this.#waiting].filter((waiter) => waiter.domain === domain).length;
    if (this.#waiting.size >= MOST_WAITING || ofDomain >= MOST_WAITING_OF_DOMAIN) throw new NoTurn();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(new NoTurn());
      }, WAIT_MS);
      const goOn = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const waiter: Waiter = { domain, goOn };
      this.#waiting.add(waiter);
    });
  }

  /** Takes places for waiting searches at once, so that no other search can take them first. */
  #leave(domain: string): void {
    this.#underWay.splice(this.#underWay.indexOf(domain), 1);
    for (const waiter of this.#waiting) {
      if (this.#underWay.length >= MOST.quick) return;
      if (!this.#mayBegin(waiter.domain)) continue;
      this.#underWay.push(waiter.domain);
      this.#waiting.delete(waiter);
      waiter.goOn();
    }
  }

  #howIs(domain: string): keyof typeof MOST {
    const known = this.#known.get(domain);
    if (known === undefined) return 'unknown';
    if (known.slowUntilMs > performance.now()) return 'slow';
    return known.quick ? 'quick' : 'unknown';
  }

  #remember(domain: string, quick: boolean): void {
    const slowUntilMs = quick ? (this.#known.get(domain)?.slowUntilMs ?? 0) : performance.now() + SLOW_FOR_MS;
    this.#known.delete(domain);
    this.#known.set(domain, { quick, slowUntilMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** Returns the domain whose names a bottle can invent under a wildcard rule, and which has one set of name servers. */
function domainOf(name: string): string {
  const labels = name.split('.');
  const [registry = '', country = ''] = labels.slice(-2);
  return labels.slice(country.length === 2 && REGISTRIES.has(registry) ? -3 : -2).join('.');
}
