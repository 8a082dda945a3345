/** How many bytes may leave, to each host and altogether. */

export interface Limits {
  /** Undefined: as many as there are. */
  readonly bytesPerHost?: number;
  readonly bytesPerBottle?: number;
}

export type Taken = 'ok' | { readonly exceeded: 'host' | 'bottle'; readonly limitBytes: number };

export interface Budget {
  /** Counts bytes that are about to go to a host (canonical). What would exceed a limit is not counted, and must not go. */
  take(host: string, bytes: number): Taken;
}

/** A count that begins at nothing. */
export function createBudget({ bytesPerHost = Infinity, bytesPerBottle = Infinity }: Limits): Budget {
  const byHost = new Map<string, number>();
  let all = 0;
  return {
    take: (host, bytes) => {
      const ofHost = (byHost.get(host) ?? 0) + bytes;
      if (all + bytes > bytesPerBottle) return { exceeded: 'bottle', limitBytes: bytesPerBottle };
      if (ofHost > bytesPerHost) return { exceeded: 'host', limitBytes: bytesPerHost };
      all += bytes;
      // Where hosts have no limit of their own, a wildcard rule must not make the map grow.
      if (bytesPerHost !== Infinity) byHost.set(host, ofHost);
      return 'ok';
    },
  };
}
