import type { Wire, WireEvents } from './wire.ts';

/** Two connections joined: bytes as they come, an end as an end, and a break as a break. */

export interface TunnelEnd {
  /** Both ways. */
  readonly bytes: number;
  readonly reason: string;
}

interface Tunnel {
  readonly host: Wire;
  readonly breakOff: () => void;
}

const open = new Set<Tunnel>();

/** Ends every tunnel there is. */
export function breakAllTunnels(): void {
  for (const { breakOff } of open) breakOff();
}

/**
 * Has the kernel find out about hosts that are gone. To be called now and then: it takes four system calls for each
 * tunnel, and most are over before it could tell anything.
 */
export function keepTunnelsAlive(): void {
  for (const { host } of open) host.keepAlive();
}

/** Joins the two, what they hold included. Both belong to the tunnel from here on; `over` is called at its end. */
export function joinTunnel(client: Wire, host: Wire, over: (end: TunnelEnd) => void): void {
  let waysOver = 0;
  const finish = (reason: string): void => {
    if (!open.delete(tunnel)) return;
    for (const wire of [client, host]) {
      if (waysOver === 2) wire.destroy();
      else wire.breakOff();
    }
    over({ bytes: client.bytesRead + host.bytesRead, reason });
  };
  const tunnel: Tunnel = { host, breakOff: () => finish('the gateway ended') };
  const wayOver = (): void => {
    waysOver += 1;
    if (waysOver === 2) finish('closed');
  };
  /** The second end need not be passed on by itself where closing says the same. */
  const endOf = (to: Wire) => (): void => {
    if (waysOver === 1 && to.isFlushed) wayOver();
    else to.end(wayOver);
  };
  open.add(tunnel);
  pour(client, host, { ended: endOf(host), broke: (why) => finish(`the client broke off: ${why}`) });
  pour(host, client, { ended: endOf(client), broke: (why) => finish(`the host broke off: ${why}`) });
}

/**
 * Passes all from one to the other, no faster than that one takes it. While a write is under way, the memory it was
 * given is in use: nothing is read into it then.
 */
function pour(from: Wire, to: Wire, events: WireEvents): void {
  const onFlushed = (): void => from.goOn();
  from.read((bytes) => to.write(bytes, onFlushed), events);
}
