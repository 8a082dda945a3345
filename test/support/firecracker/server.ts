import { createServer, type Socket } from 'node:net';
import { answerText, faultText, FULL_TEXT, wireReader, type WireAnswer, type WireRequest } from './wire.ts';

/** Serves the API socket of the stand-in for Firecracker: ten connections, and one request at a time. */

const MOST_CONNECTIONS = 10;

export interface ApiOrder {
  readonly socketPath: string;
  readonly mostBodyBytes: number;
  readonly handle: (request: WireRequest) => Promise<WireAnswer>;
}

export interface ApiServer {
  /** Closes the server and all connections after their answers are sent. */
  close(): void;
}

/** Starts the server. @throws Error if the socket cannot be made */
export async function serveApi({ socketPath, mostBodyBytes, handle }: ApiOrder): Promise<ApiServer> {
  const sockets = new Set<Socket>();
  let turn: Promise<void> = Promise.resolve();
  const server = createServer((socket) => {
    if (sockets.size === MOST_CONNECTIONS) return void socket.end(FULL_TEXT);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    const read = wireReader(mostBodyBytes);
    socket.on('data', (chunk) => {
      const found = read(chunk);
      if ('fault' in found) return void socket.write(faultText(found.fault));
      for (const request of found.requests)
        turn = turn.then(async () => void socket.write(answerText(await handle(request))));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socketPath, resolve);
  });
  return {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroySoon();
    },
  };
}
