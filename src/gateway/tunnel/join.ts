import type { Outcome } from '../audit/line.ts';
import type { Allowance } from '../budget/budget.ts';
import { Roster, type Placed } from './roster.ts';
import type { Wire, WireEvents } from './wire.ts';

/** Two connections joined: bytes as they come, an end as an end, and a break as a break. */

/** What a tunnel needs of the passage that it was let out by. */
export interface Tunnelled {
  readonly budget: Allowance;
  /** Writes the `end` line; once. */
  readonly end: (outcome: Outcome) => void;
  readonly revocation: { readonly whenRevoked: (listener: (reason: string) => void) => void };
}

interface Tunnel extends Placed {
  readonly host: Wire;
  readonly breakOff: () => void;
}

const open = new Roster<Tunnel>();

/** How many there are. */
export const openTunnels = (): number => open.all.length;

/** Ends every tunnel there is. */
export function breakAllTunnels(): void {
  for (const { breakOff } of open.all.slice()) breakOff();
}

/**
 * Has the kernel find out about hosts that are gone. To be called now and then: it takes four system calls for each
 * tunnel, and most are over before it could tell anything.
 */
export function keepTunnelsAlive(): void {
  for (const { host } of open.all) host.keepAlive();
}

/** Joins the two, what they hold included. Both belong to the tunnel from here on; `end` is called at its end. */
export function joinTunnel(client: Wire, host: Wire, { budget, end, revocation }: Tunnelled): void {
  let waysOver = 0;
  const finish = (reason: string): void => {
    if (!open.leave(tunnel)) return;
    for (const wire of [client, host]) {
      if (waysOver === 2) wire.destroy();
      else wire.breakOff();
    }
    const [up, down] = [client.bytesRead, host.bytesRead];
    end({ bytes: up + down, up, down, reason });
  };
  const tunnel: Tunnel = { host, breakOff: () => finish('the gateway ended'), place: -1 };
  const wayOver = (): void => {
    waysOver += 1;
    if (waysOver === 2) finish('closed');
  };
  /** The second end need not be passed on by itself where closing says the same. */
  const endOf = (to: Wire) => (): void => {
    if (waysOver === 1 && to.isFlushed) wayOver();
    else to.end(wayOver);
  };
  open.enter(tunnel);
  revocation.whenRevoked(finish);
  if (tunnel.place === -1) return;
  const pour = budget.limitsBytes ? pourCounted({ budget, finish }) : pourFreely;
  pour(client, host, { ended: endOf(host), broke: (why) => finish(`the client broke off: ${why}`) });
  pour(host, client, { ended: endOf(client), broke: (why) => finish(`the upstream broke off: ${why}`) });
}

/**
 * Passes all from one to the other, no faster than that one takes it. While a write is under way, the memory it was
 * given is in use: nothing is read into it then.
 */
function pourFreely(from: Wire, to: Wire, events: WireEvents): void {
  const onFlushed = (): void => from.goOn();
  from.read((bytes) => to.write(bytes, onFlushed), events);
}

/** The same, each chunk counted before it is passed on, and no chunk beyond the limit. */
function pourCounted({ budget, finish }: Counting): typeof pourFreely {
  return (from, to, events) => {
    const onFlushed = (): void => from.goOn();
    const take = (bytes: Buffer): boolean => {
      const spent = budget.pass(bytes.length);
      if (spent === undefined) return to.write(bytes, onFlushed);
      finish(spent.reason);
      return false;
    };
    from.read(take, events);
  };
}

interface Counting extends Pick<Tunnelled, 'budget'> {
  readonly finish: (reason: string) => void;
}
