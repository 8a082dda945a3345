import { spawn, type ChildProcess } from 'node:child_process';
import { Socket as DatagramSocket } from 'node:dgram';
import { Server, type Socket } from 'node:net';
import type { GatewayConfig } from './config.ts';
import { GATEWAY_PORTS, type LaunchCheck } from '../contracts/gateway.ts';
import type { SocketName, Sockets } from './sockets.ts';

/**
 * Receives the five sockets. assets/handover/open.pl opens them inside the bottle's network, and relay.pl, which this
 * module starts, passes them on: Node can take descriptors from its own child only, and cannot enter a network
 * namespace itself.
 */

export interface HandoverSteps {
  readonly onListening: () => void;
  /** All five sockets have arrived. They must be served when this returns: next, the opener tries them out. */
  readonly onSockets: (sockets: Sockets) => void;
  /** The results of the opener's launch checks, which have all held. */
  readonly onReady: (checks: readonly LaunchCheck[]) => void;
  /** The bottle is gone, or never started: then with the reason. The gateway ends. */
  readonly onOver: (failure: string | undefined) => void;
}

/** A message from relay.pl. */
interface RelayMessage {
  readonly listening?: true;
  readonly left?: true;
  readonly socket?: SocketName;
  readonly opener?: { readonly checks?: readonly LaunchCheck[]; readonly failed?: string };
}

/** Starts the relay, and calls the steps as it reports them. */
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
    // It accepts connections from now on: until it is served, they must not be left waiting.
    if (handle instanceof Server) handle.on('connection', refuse);
    tell(child, { got: name });
    if (Object.keys(received).length < Object.keys(GATEWAY_PORTS).length) return;
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

/** Ignores errors: the `exit` event reports a relay that has ended. */
function tell(child: ChildProcess, message: Record<string, string | boolean>): void {
  child.send(message, () => undefined);
}

/** Checks a received socket: its kind, and the address and port that it is bound to. */
function faultOf(handle: unknown, name: SocketName, address: string): string | undefined {
  const Kind = name === 'dnsUdp' ? DatagramSocket : Server;
  if (!(handle instanceof Kind)) return 'it is a socket of another kind';
  const bound = handle.address();
  if (bound === null || typeof bound === 'string') return 'it is not bound';
  const isRightPlace = bound.address === address && bound.port === GATEWAY_PORTS[name];
  return isRightPlace ? undefined : `it is bound to ${bound.address}:${bound.port}`;
}
