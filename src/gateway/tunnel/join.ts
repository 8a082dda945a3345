import type { Socket } from 'node:net';
import { Side } from './side.ts';

/** Two connections joined: bytes as they come, an end as an end, and a break as a break. */

export interface TunnelEnd {
  /** Both ways, with what was read before the tunnel began. */
  readonly bytes: number;
  readonly reason: string;
}

const open = new Set<() => void>();

/** Ends every tunnel there is. */
export function breakAllTunnels(): void {
  for (const breakTunnel of open) breakTunnel();
}

/**
 * Joins the two and settles when it is over. `head`: what the client has sent already, for the upstream.
 * Both sockets belong to the tunnel from here on.
 */
export async function joinTunnel(client: Socket, upstream: Socket, head: Buffer): Promise<TunnelEnd> {
  const [near, far] = [new Side(client), new Side(upstream)];
  const reason = await new Promise<string>((resolve) => {
    let over = false;
    const finish = (why: string, abruptly: boolean): void => {
      if (over) return;
      over = true;
      open.delete(breakTunnel);
      for (const side of [near, far]) side.close(abruptly);
      resolve(why);
    };
    const breakTunnel = (): void => finish('the gateway ended', true);
    open.add(breakTunnel);
    const oneEnded = (): void => {
      if (near.isOver && far.isOver) finish('closed', false);
    };
    if (head.length > 0) far.write(head); // first: `near` may have read more behind it
    near.pour(far, { ended: oneEnded, broke: (why) => finish(`the client broke off: ${why}`, true) });
    far.pour(near, { ended: oneEnded, broke: (why) => finish(`the host broke off: ${why}`, true) });
  });
  return { bytes: near.bytesRead + far.bytesRead + head.length, reason };
}
