import type { Wire, WireEvents } from './wire.ts';

/** Two connections joined: bytes as they come, an end as an end, and a break as a break. */

export interface TunnelEnd {
  /** Both ways. */
  readonly bytes: number;
  readonly reason: string;
}

const open = new Set<() => void>();

/** Ends every tunnel there is. */
export function breakAllTunnels(): void {
  for (const breakTunnel of open) breakTunnel();
}

/** Joins the two, what they hold included, and settles when it is over. Both belong to the tunnel from here on. */
export function joinTunnel(client: Wire, host: Wire): Promise<TunnelEnd> {
  return new Promise((resolve) => {
    let waysOver = 0;
    const finish = (reason: string): void => {
      if (!open.delete(breakTunnel)) return;
      for (const wire of [client, host]) {
        if (waysOver === 2) wire.destroy();
        else wire.breakOff();
      }
      resolve({ bytes: client.bytesRead + host.bytesRead, reason });
    };
    const breakTunnel = (): void => finish('the gateway ended');
    const wayOver = (): void => {
      waysOver += 1;
      if (waysOver === 2) finish('closed');
    };
    /** The second end need not be passed on by itself where closing says the same. */
    const endOf = (to: Wire) => (): void => {
      if (waysOver === 1 && to.isFlushed) wayOver();
      else to.end(wayOver);
    };
    open.add(breakTunnel);
    pour(client, host, { ended: endOf(host), broke: (why) => finish(`the client broke off: ${why}`) });
    pour(host, client, { ended: endOf(client), broke: (why) => finish(`the host broke off: ${why}`) });
  });
}

/**
 * Passes all from one to the other, no faster than that one takes it. While a write is under way, the memory it was
 * given is in use: nothing is read into it then.
 */
function pour(from: Wire, to: Wire, events: WireEvents): void {
  let isStopped = false;
  const onFlushed = (): void => {
    // Called for every write, also for one before the last: only an empty queue means that the memory is free.
    if (!isStopped || !to.isFlushed) return;
    isStopped = false;
    from.goOn();
  };
  const take = (bytes: Buffer): boolean => {
    isStopped = !to.write(bytes, onFlushed);
    return !isStopped;
  };
  from.read(take, events);
}
