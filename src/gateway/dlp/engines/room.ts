/** What one open stream holds of an instance. */
export interface Claim {
  readonly bytes: number;
  /** Frees it: its stream cannot go on. */
  readonly giveUp: () => void;
}

/** The memory of all streams of one kind: an instance never gives any back, so that what is freed there is used again. */
export interface Room {
  /** Gives up the streams used longest ago until there is room. False: it is more than all. */
  add(claim: Claim): boolean;
  /** Notes that it is used now. */
  use(claim: Claim): void;
  remove(claim: Claim): void;
  /** Gives up all. */
  clear(): void;
}

/** Nobody closes the streams of aborted requests: these become the least recently used ones. */
export function createRoom(maxBytes: number): Room {
  const claims = new Set<Claim>();
  let total = 0;
  const remove = (claim: Claim): void => {
    if (claims.delete(claim)) total -= claim.bytes;
  };
  return {
    add: (claim) => {
      if (claim.bytes > maxBytes) return false;
      for (const oldest of claims) {
        if (total + claim.bytes <= maxBytes) break;
        remove(oldest);
        oldest.giveUp();
      }
      claims.add(claim);
      total += claim.bytes;
      return true;
    },
    use: (claim) => {
      if (claims.delete(claim)) claims.add(claim);
    },
    remove,
    clear: () => {
      for (const claim of claims) {
        remove(claim);
        claim.giveUp();
      }
    },
  };
}
