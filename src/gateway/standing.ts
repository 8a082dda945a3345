import type { Judged, Refusal } from './gate.ts';

/** What is open just now, so that another policy can end it. */

/** Something that stands, and how it is ended. */
export interface Standing {
  /** Why it may not stand any more; undefined: it may. */
  whyNotNow(): string | undefined;
  breakOff(reason: string): void;
  /** Its place among the others; -1 before and after. The registry's own. */
  place: number;
}

/** Each takes a connection to its host, and some 50 KiB; over HTTP/2 a client asks for as much with a few bytes. */
const MOST_LET_OUT = 1_024;

/** Where no more may stand. */
export const TOO_MANY: Omit<Refusal, 'verdict'> = {
  kind: 'busy',
  rule: 'gateway.busy',
  reason: `${MOST_LET_OUT} requests and tunnels of this bottle are under way`,
};

/** All that stands. An array with places, for the reason that tunnel/join.ts tells. */
export class Registry {
  readonly #all: Standing[] = [];

  get isFull(): boolean {
    return this.#all.length >= MOST_LET_OUT;
  }

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
  breakOffOthers(): number {
    const ending = this.#all.flatMap((entry) => {
      const reason = entry.whyNotNow();
      return reason === undefined ? [] : [{ entry, reason }];
    });
    for (const { entry, reason } of ending) {
      this.leave(entry);
      entry.breakOff(reason);
    }
    return ending.length;
  }
}

/** What is held against all that stands. */
export interface Standards {
  /** Why what was judged before may not go on; undefined: it may. */
  readonly whyNotNow: (judged: Judged) => string | undefined;
  /** Whether a host may know a secret that it was lent. */
  readonly isLent: (host: string) => boolean;
}

const LENT = 'the policy of this bottle was changed: its host is lent an identity, and scrubbed from now on';

/**
 * What was let out, from then to its end. An object with methods, where closures would read better: there is one for every
 * connection, however short.
 */
export class Stand implements Standing {
  place = -1;
  /** Whether its host was lent an identity before: as it begins, so what comes back is treated to its end. */
  readonly isLent: boolean;
  readonly #registry: Registry;
  readonly #judged: Judged;
  readonly #standards: Standards;
  #revoked: string | undefined;
  #tell: ((reason: string) => void) | undefined;

  constructor(registry: Registry, judged: Judged, standards: Standards) {
    this.#registry = registry;
    this.#judged = judged;
    this.#standards = standards;
    this.isLent = standards.isLent(judged.asked.host);
    registry.enter(this);
  }

  leave(): void {
    this.#registry.leave(this);
  }

  whyNotNow(): string | undefined {
    const { whyNotNow, isLent } = this.#standards;
    return whyNotNow(this.#judged) ?? (!this.isLent && isLent(this.#judged.asked.host) ? LENT : undefined);
  }

  breakOff(reason: string): void {
    this.#revoked = reason;
    this.#tell?.(reason);
  }

  /** Why it may not go on; undefined: it may. Also after it has left. */
  revoked(): string | undefined {
    return this.#revoked ?? this.whyNotNow();
  }

  /** Who ends it then; called at once where that is so already. One listener. */
  whenRevoked(listener: (reason: string) => void): void {
    this.#tell = listener;
    if (this.#revoked !== undefined) listener(this.#revoked);
  }
}
