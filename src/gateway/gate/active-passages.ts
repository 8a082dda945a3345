import type { Judged, Refusal } from './gate.ts';
import { Roster, type Placed } from '../tunnel/roster.ts';

/** The active requests and tunnels of a bottle, so that a changed policy can revoke them. */

/** Something active that a changed policy may end. */
export interface Revocable extends Placed {
  /** Returns why it must stop. Undefined: it may continue. */
  whyNotNow(): string | undefined;
  breakOff(reason: string): void;
}

/**
 * Maximum of active passages. Each takes a connection to its host and some 50 KiB, and over HTTP/2 a client can start
 * one with a few bytes.
 */
const MOST_LET_OUT = 1_024;

/** The refusal where no more may pass. */
export const TOO_MANY: Omit<Refusal, 'verdict'> = {
  kind: 'busy',
  rule: 'gateway.busy',
  reason: `${MOST_LET_OUT} requests and tunnels of this bottle are under way`,
};

/** All active entries. */
export class Registry extends Roster<Revocable> {
  #waiting = 0;

  get isFull(): boolean {
    return this.all.length + this.#waiting >= MOST_LET_OUT;
  }

  /**
   * Counts a request that waits for its content, because that takes memory too. Call the returned function once, at the
   * end of the wait.
   */
  wait(): () => void {
    this.#waiting += 1;
    return () => (this.#waiting -= 1);
  }

  /** Breaks off entries that must stop. Returns how many. */
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

/** Checks of active passages against the present policy. */
export interface RevocationChecks {
  /** Returns why an earlier judgement does not hold any more. Undefined: it holds. */
  readonly whyNotNow: (judged: Judged) => string | undefined;
  /** Returns whether a host may know a secret that a rule lent it. */
  readonly isLent: (host: string) => boolean;
}

const LENT =
  'the policy of this bottle changed: the gateway now lends this host an identity, and scrubs its answers';

/**
 * A passage from its start to its end. A class with methods instead of closures, because there is one for every
 * connection, however short.
 */
export class ActivePassage implements Revocable {
  place = -1;
  /**
   * Whether a rule lent its host an identity at the start, which decides for the whole passage how its answers are
   * treated.
   */
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

  /** Removes the passage from the registry. May be called more than once. */
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

  /** Returns why it must stop. Undefined: it may continue. Works after `leave` too. */
  revoked(): string | undefined {
    return this.#revoked ?? this.whyNotNow();
  }

  /** Sets the one listener for a revocation. Calls it at once if the passage is already revoked. */
  whenRevoked(listener: (reason: string) => void): void {
    this.#tell = listener;
    if (this.#revoked !== undefined) listener(this.#revoked);
  }
}
