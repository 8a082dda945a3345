import type { Judged } from './gate.ts';

/** What is open just now, so that another policy can end it. */

/** Something that stands, and how it is ended. */
export interface Standing {
  /** Whether it may still stand. */
  holds(): boolean;
  breakOff(reason: string): void;
  /** Its place among the others; -1 before and after. The registry's own. */
  place: number;
}

/** All that stands. An array with places, for the reason that tunnel/join.ts tells. */
export class Registry {
  readonly #all: Standing[] = [];

  enter(entry: Standing): void {
    entry.place = this.#all.length;
    this.#all.push(entry);
  }

  /** The last one takes its place. Once is enough. */
  leave(entry: Standing): void {
    const { place } = entry;
    const last = this.#all.at(-1);
    if (place === -1 || last === undefined) return;
    this.#all[place] = last;
    last.place = place;
    this.#all.length -= 1;
    entry.place = -1;
  }

  /** Breaks off what may not stand any more; gives how many that were. */
  breakOffOthers(reason: string): number {
    const ending = this.#all.filter((entry) => !entry.holds());
    for (const entry of ending) {
      this.leave(entry);
      entry.breakOff(reason);
    }
    return ending.length;
  }
}

/** Why what was judged before may not go on; undefined: it may. */
type WhyNotNow = (judged: Judged) => string | undefined;

/**
 * What was let out, from then to its end. An object with methods, where closures would read better: there is one for every
 * connection, however short.
 */
export class Stand implements Standing {
  place = -1;
  readonly #registry: Registry;
  readonly #judged: Judged;
  readonly #whyNotNow: WhyNotNow;
  #revoked: string | undefined;
  #tell: ((reason: string) => void) | undefined;

  constructor(registry: Registry, judged: Judged, whyNotNow: WhyNotNow) {
    this.#registry = registry;
    this.#judged = judged;
    this.#whyNotNow = whyNotNow;
    registry.enter(this);
  }

  leave(): void {
    this.#registry.leave(this);
  }

  holds(): boolean {
    return this.#whyNotNow(this.#judged) === undefined;
  }

  breakOff(reason: string): void {
    this.#revoked = reason;
    this.#tell?.(reason);
  }

  /** Why it may not go on; undefined: it may. Also after it has left. */
  revoked(): string | undefined {
    return this.#revoked ?? this.#whyNotNow(this.#judged);
  }

  /** Who ends it then; called at once where that is so already. One listener. */
  whenRevoked(listener: (reason: string) => void): void {
    this.#tell = listener;
    if (this.#revoked !== undefined) listener(this.#revoked);
  }
}
