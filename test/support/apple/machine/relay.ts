import { chmodSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Unix sockets between host and guest: a listener here, and a connection there for each that comes. As with the real one only
 * bytes pass: no descriptors, and nobody sees who is at the other end.
 */

export interface Relay {
  /** Where it listens. */
  readonly listenPath: string;
  /** Where it leads. */
  readonly connectPath: () => string;
  /** Of the listening socket. */
  readonly mode?: number;
}

/** Begins to listen. @throws Error where that cannot be */
export async function openRelay({ listenPath, connectPath, mode }: Relay): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: connectPath(), allowHalfOpen: true });
    carry(near, far);
    carry(far, near);
  });
  rmSync(listenPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(listenPath, resolve);
  });
  if (mode !== undefined) chmodSync(listenPath, mode);
  return server;
}

function carry(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('error', () => to.destroy()).on('close', () => void to.end());
}

/** The mode bits of a host's socket, which its stand-in in the guest has too. */
export const modeOf = (path: string): number => statSync(path).mode & 0o777;
