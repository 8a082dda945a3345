/** How long a result is reused, in milliseconds: a program opens many connections to one host at once. */
const KEPT_MS = 5_000;
const MAX_KEPT = 500;

interface Entry<Found> {
  readonly found: Promise<Found>;
  readonly untilMs: number;
}

/** Timeout of a search, and the result after that until the search has ended. */
export interface SearchTimeout<Found> {
  readonly ms: number;
  readonly late: Found;
}

/**
 * Returns the same search with a cache. Keeps a result for a while if `keeps` returns true. While a search runs, even
 * after its timeout, no other starts for the same name.
 */
export function cachedSearch<Found>(
  find: (name: string) => Promise<Found>,
  timeout?: SearchTimeout<Found>,
  keeps: (found: Found) => boolean = () => true,
): (name: string) => Promise<Found> {
  const underWay = new Map<string, Promise<Found>>();
  const entries = new Map<string, Entry<Found>>();
  const begin = (name: string): Promise<Found> => {
    const search = find(name);
    const settle = (isKept: boolean): void => {
      underWay.delete(name);
      if (!isKept) return;
      if (entries.size >= MAX_KEPT) entries.clear();
      // Not the wall clock, which may be set back.
      entries.set(name, { found: search, untilMs: performance.now() + KEPT_MS });
    };
    search.then(
      (outcome) => settle(keeps(outcome)),
      () => settle(true),
    );
    const found = timeout === undefined ? search : orLate(search, timeout);
    underWay.set(name, found);
    return found;
  };
  return (name) => {
    const before = entries.get(name);
    if (before !== undefined && before.untilMs > performance.now()) return before.found;
    return underWay.get(name) ?? begin(name);
  };
}

function orLate<Found>(search: Promise<Found>, { ms, late }: SearchTimeout<Found>): Promise<Found> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, late);
    search.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
