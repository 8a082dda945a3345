import type { Judged, Refusal } from './gate.ts';
import { Roster, type Placed } from '../tunnel/roster.ts';

/** What is under way just now, so that another policy can revoke it. */

/** Something under way, and how it is ended. */
export interface Revocable extends Placed {
  /** Why it may not go on; undefined: it may. */
  whyNotNow(): string | undefined;
  breakOff(reason: string): void;
}

/** Each takes a connection to its host, and some 50 KiB; over HTTP/2 a client asks for as much with a few bytes. */
const MOST_LET_OUT = 1_024;

/** Where no more may be let out. */
export const TOO_MANY: Omit<Refusal, 'verdict'> = {
  kind: 'busy',
  rule: 'gateway.busy',
  reason: `${MOST_LET_OUT} requests and tunnels of this bottle are under way`,
};

/** All that is under way. */
export class Registry extends Roster<Revocable> {
  #waiting = 0;

  get isFull(): boolean {
    return this.all.length + this.#waiting >= MOST_LET_OUT;
  }

  /** Counts one that is not let out yet, as its content is waited for: that takes memory too. Gives how that ends, to be called once. */
  wait(): () => void {
    this.#waiting += 1;
    return () => (this.#waiting -= 1);
  }

  /** Breaks off what may not go on; gives how many that were. */
  breakOffOthers(): number {
    const ending = this.all.flatMap((entry) => {
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

/** What all that is under way is held against. */
export interface RevocationChecks {
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
export class ActivePassage implements Revocable {
  place = -1;
  /** Whether its host was lent an identity before: as it begins, so what comes back is treated to its end. */
  readonly isLent: boolean;
  readonly #registry: Registry;
  readonly #judged: Judged;
  readonly #checks: RevocationChecks;
  #revoked: string | undefined;
  #tell: ((reason: string) => void) | undefined;

  constructor(registry: Registry, judged: Judged, checks: RevocationChecks) {
    this.#registry = registry;
    this.#judged = judged;
    this.#checks = checks;
    this.isLent = checks.isLent(judged.asked.host);
    registry.enter(this);
  }

  /** It is over. Once is enough. */
  leave(): void {
    this.#registry.leave(this);
  }

  whyNotNow(): string | undefined {
    const { whyNotNow, isLent } = this.#checks;
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
