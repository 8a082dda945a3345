import { spawn, type ChildProcess } from 'node:child_process';
import { Socket as DatagramSocket } from 'node:dgram';
import { Server, type Socket } from 'node:net';
import type { GatewayConfig, GatewayEvent } from './config.ts';
import { PORTS, type SocketName, type Sockets } from './sockets.ts';

/**
 * The five sockets, opened inside the bottle's network by assets/handover/open.pl and passed on by relay.pl, which is
 * started here: Node can take descriptors from its own child only, and cannot enter a network namespace itself.
 */

type Checks = Extract<GatewayEvent, { event: 'ready' }>['checks'];

export interface HandoverSteps {
  readonly onListening: () => void;
  /** All five are here and must be served when this returns: the opener tries them out next. */
  readonly onSockets: (sockets: Sockets) => void;
  /** The opener's launch checks, all held. */
  readonly onReady: (checks: Checks) => void;
  /** The bottle is gone, or never came to be: the reason then. The gateway ends. */
  readonly onOver: (failure: string | undefined) => void;
}

/** What relay.pl sends. */
interface RelayMessage {
  readonly listening?: true;
  readonly left?: true;
  readonly socket?: SocketName;
  readonly opener?: { readonly checks?: Checks; readonly failed?: string };
}

/** Starts the relay, and goes through the steps as it reports them. */
export function receiveSockets(
  config: GatewayConfig,
  relay: { socketPath: string; relayPath: string },
  steps: HandoverSteps,
): void {
  const child = spawn('perl', [relay.relayPath, relay.socketPath], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: '/usr/bin:/bin', BOT_BOTTLE_ID: config.bottleId },
  });
  const received: Partial<Record<SocketName, Server | DatagramSocket>> = {};
  let isReady = false;

  const onSocket = (name: SocketName, handle: unknown): void => {
    const fault = faultOf(handle, name, config.gatewayAddress);
    if (fault !== undefined) return steps.onOver(`the handover of ${name} failed: ${fault}`);
    received[name] = handle as Server | DatagramSocket;
    // It takes connections from now on: before it is served, they must not be left standing.
    if (handle instanceof Server) handle.on('connection', refuse);
    tell(child, { got: name });
    if (Object.keys(received).length < Object.keys(PORTS).length) return;
    for (const each of Object.values(received)) each.off('connection', refuse);
    steps.onSockets(received as unknown as Sockets);
    tell(child, { serving: config.bottleId });
  };

  child.on('message', (message: RelayMessage, handle) => {
    if (message.listening) steps.onListening();
    if (message.socket !== undefined) onSocket(message.socket, handle);
    if (message.opener?.failed !== undefined) steps.onOver(message.opener.failed);
    if (message.left && !isReady) steps.onOver('the opener ended before its launch checks');
    const checks = message.opener?.checks;
    if (checks === undefined) return;
    isReady = true;
    steps.onReady(checks);
    tell(child, { ready: true });
  });
  child.once('error', (error) => steps.onOver(`perl could not be started: ${error.message}`));
  child.once('exit', () => steps.onOver(isReady ? undefined : 'the relay of the handover ended'));
}

const refuse = (socket: Socket): void => void socket.destroy();

/** A relay that has ended shows at its exit. */
function tell(child: ChildProcess, message: Record<string, string | boolean>): void {
  child.send(message, () => undefined);
}

/** What is handed over is looked at: the right kind of socket, at the right place. */
function faultOf(handle: unknown, name: SocketName, address: string): string | undefined {
  const Kind = name === 'dnsUdp' ? DatagramSocket : Server;
  if (!(handle instanceof Kind)) return 'it is of another kind';
  const bound = handle.address();
  if (bound === null || typeof bound === 'string') return 'it is bound to nothing';
  const isRightPlace = bound.address === address && bound.port === PORTS[name];
  return isRightPlace ? undefined : `it is bound to ${bound.address}:${bound.port}`;
}
