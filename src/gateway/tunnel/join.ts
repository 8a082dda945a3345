import type { Outcome } from '../audit/line.ts';
import type { Allowance } from '../budget/budget.ts';
import { Roster, type Placed } from './roster.ts';
import type { Wire, WireEvents } from './wire.ts';

/** Joins two connections: passes on bytes as they arrive, an end as an end, and a break as a break. */

/** The parts of a passage that a tunnel needs. */
export interface Tunnelled {
  readonly budget: Allowance;
  /** Writes the `end` line once. */
  readonly end: (outcome: Outcome) => void;
  readonly revocation: { readonly whenRevoked: (listener: (reason: string) => void) => void };
}

interface Tunnel extends Placed {
  readonly host: Wire;
  readonly breakOff: () => void;
}

const open = new Roster<Tunnel>();

/** Returns the number of open tunnels. */
export const openTunnels = (): number => open.all.length;

/** Ends every open tunnel. */
export function breakAllTunnels(): void {
  for (const { breakOff } of open.all.slice()) breakOff();
}

/**
 * Makes the kernel detect hosts that are gone. Call it periodically, not per tunnel: it takes four system calls for
 * each tunnel, and most tunnels end before it could detect anything.
 */
export function keepTunnelsAlive(): void {
  for (const { host } of open.all) host.keepAlive();
}

/** Joins the two, including their held bytes. The tunnel owns both from here on. Calls `end` at its end. */
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
  /** Does not pass on the second end separately where closing has the same effect. */
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
 * Passes all bytes from one to the other, no faster than the receiver takes them. During a write, its memory is in use,
 * so nothing is read into it.
 */
function pourFreely(from: Wire, to: Wire, events: WireEvents): void {
  const onFlushed = (): void => from.goOn();
  from.read((bytes) => to.write(bytes, onFlushed), events);
}

/** As `pourFreely`, but counts each chunk before it passes it on, and passes none beyond the limit. */
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
