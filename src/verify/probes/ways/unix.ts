import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { listenOnce, sendTo, all, carryHome } from '../../guest/wire.ts';
import type { Attempt, Probe } from '../probe.ts';
import { ownDir } from '../../guest/file-attempts.ts';

/** Unix sockets of the host, including its container engine's. */

/** Sends to a socket of the bottle, and checks what it received. */
const ownSocket: Attempt = async (_targets, nonce) => {
  const { path, heard } = await listenOnce(`\0${nonce}`);
  await sendTo({ path }, nonce);
  if ((await heard) !== nonce) throw new Error('something else was heard');
};

/**
 * Timeout in milliseconds: both ends of the control are in this program, which is busy with other attempts on a slow
 * host.
 */
const DEADLINE_MS = 10_000;

const socket = {
  family: 'ways',
  oracle: { kind: 'canary' },
  breach: 'talks to services of the host and its network, unseen and unjudged',
  control: 'said',
} as const;

/** Probes on Unix sockets of the host. */
export const UNIX: readonly Probe[] = [
  {
    ...socket,
    id: 'unix-abstract',
    claim: 'No abstract Unix socket of the host can be connected to.',
    attack: 'connect to an abstract Unix socket',
    source: 'CVE-2020-15257: containerd-shim on an abstract socket',
    run: {
      attack: ({ abstractName }, nonce) => sendTo({ path: `\0${abstractName}` }, nonce),
      control: ownSocket,
      deadlineMs: DEADLINE_MS,
    },
  },
  {
    ...socket,
    id: 'unix-file',
    claim: 'No Unix socket with a file of the host can be connected to.',
    attack: "connect to a socket file, as an engine's",
    breach: 'has the container engine, and with it the host',
    source: 'oalders/dot-files #1003: docker.sock; SandboxEscapeBench, arXiv 2603.02277',
    run: {
      attack: ({ socketPath }, nonce) => sendTo({ path: socketPath }, nonce),
      control: ownSocket,
      deadlineMs: DEADLINE_MS,
    },
  },
];

/** Returns an engine's version answer. */
async function versionAt(socketPath: string): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath, path: '/version', headers: { host: 'engine' } }, resolve)
      .on('error', reject)
      .end();
  });
  return await text(response);
}

/** Returns the digest that the host computes for its own engine too. */
const digestOf = (version: string): string => createHash('sha256').update(version).digest('hex');

const askAll: Attempt = async ({ engineSockets }) => {
  const digests: string[] = [];
  await all(engineSockets.map(async (path) => digests.push(digestOf(await versionAt(path)))));
  throw new Error(`an engine answers: ${digests.join(' ')}`);
};

/** Asks an engine in the bottle, whose version is the nonce. */
const askOwn: Attempt = async (t, nonce) => {
  const path = join(ownDir(), 'engine.sock');
  const server = createServer((_, response) => response.end(nonce)).listen(path);
  await once(server, 'listening');
  try {
    await carryHome(t, await versionAt(path));
  } finally {
    server.close();
  }
};

/** Probes on the host's container engine. They ask for its version, and nothing else. */
export const ENGINE: readonly Probe[] = [
  {
    family: 'ways',
    id: 'engine-socket',
    claim: 'No container engine of the host can be spoken to.',
    attack: 'ask the engine for its version at its socket (docker.sock)',
    needs: 'engine',
    oracle: { kind: 'known', of: 'engine' },
    control: 'canary',
    closedInTheOpen: "an engine's socket is for root and its group, and a plain agent is neither",
    breach: 'has the container engine, and with it the host',
    source: 'GreyhavenHQ/greywall #55, akitaonrails/ai-jail #88: docker.sock in a sandbox',
    run: { attack: askAll, control: askOwn },
  },
];
