/**
 * Lookups wait in threads, and each for a name server that is silent keeps its thread for half a minute. So that those never keep all of
 * them, a domain has some only, and the less it is known to answer quickly, the fewer of all may be taken when one more begins.
 */

/** libuv gives lookups half of its threads (UV_THREADPOOL_SIZE); one is left for the name of a company proxy. */
const MOST = { slow: 4, unknown: 6, quick: 7 } as const;
/** Fewer than MOST.slow: one domain alone holds up no other, not even one that was slow once. */
const MOST_OF_DOMAIN = 3;
const MOST_WAITING = 1_000;
const MOST_WAITING_OF_DOMAIN = 100;
const QUICK_MS = 2_000;
/** A domain whose owner helps the bottle would otherwise answer one name quickly, and be silent again. */
const SLOW_FOR_MS = 300_000;
const WAIT_MS = 10_000;
const MAX_KNOWN = 500;

/** Below a country: where others register their domains. By name, since `t.co` and `fly.io` are as short, and have one owner. */
const REGISTRIES = new Set('ac co com edu go gob gov mil ne net or org'.split(' '));

/** That no turn came in time, or too many wait for one: it says nothing of the name. */
export class NoTurn extends Error {
  constructor() {
    super('the name servers of this computer are slow, and too many other names wait for them');
  }
}

interface Waiter {
  readonly domain: string;
  readonly goOn: () => void;
}

interface Known {
  /** Whether it was so the last time. */
  readonly quick: boolean;
  readonly slowUntilMs: number;
}

/** Who may begin, and who waits for that. */
export class Turns {
  /** A domain for each search. */
  readonly #underWay: string[] = [];
  readonly #waiting = new Set<Waiter>();
  /** How domains answered; the latest last. */
  readonly #known = new Map<string, Known>();

  /** Runs a search when it is its turn. @throws NoTurn when that does not come in time, with the reason; or as the search does */
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

  /** Settles with a place among those under way. */
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

  /** Places are taken here, before those that wait can do so: no other may come between. */
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

/** Whose names a bottle can make up by itself, where a rule has a wildcard, and whose name servers are the same. */
function domainOf(name: string): string {
  const labels = name.split('.');
  const [registry = '', country = ''] = labels.slice(-2);
  return labels.slice(country.length === 2 && REGISTRIES.has(registry) ? -3 : -2).join('.');
}
