/** Memory that one open stream uses in an instance. */
export interface Claim {
  readonly bytes: number;
  /** Frees the memory: its stream cannot continue. */
  readonly giveUp: () => void;
}

/** The memory of all streams of one kind. An instance never returns memory, so freed memory is used again. */
export interface Room {
  /**
   * Gives up the least recently used streams until there is room. Returns false if the claim is larger than the room.
   */
  add(claim: Claim): boolean;
  /** Marks the claim as used now. */
  use(claim: Claim): void;
  remove(claim: Claim): void;
  /** Gives up all streams. */
  clear(): void;
}

/**
 * Returns a room of `maxBytes`. No code closes the streams of aborted requests: these become the least recently used
 * ones.
 */
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
