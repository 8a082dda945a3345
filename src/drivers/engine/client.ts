import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { eitherOf } from '../../host/deadline.ts';
import { reasonOf } from '../../errors.ts';
import { EngineError } from './errors.ts';

/**
 * An engine's HTTP API on its Unix socket, as Docker documents it (docs.docker.com/reference/api/engine) and Podman
 * imitates it. Keeps connections open: a call on one takes about a millisecond, starting the command line fifteen.
 */

export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Without the version: `/containers/create`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** A tar archive, sent unchanged. */
  readonly content?: Readable;
  /**
   * Time limit, in milliseconds: for the whole answer, or with `stream` and `upgrade` until it begins. Default 10 s.
   */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface EngineClient {
  /** The whole answer, parsed; undefined if it is empty. @throws EngineError */
  call<T = unknown>(call: EngineCall): Promise<T>;
  /** The answer as a stream: progress of a pull or a build. @throws EngineError */
  stream(call: EngineCall): Promise<IncomingMessage>;
  /** The connection itself, for the streams of a container or exec. @throws EngineError */
  upgrade(call: EngineCall): Promise<Socket>;
}

export interface EngineAddress {
  readonly socketPath: string;
  /** The prefix of every path, such as `/v1.44`: the oldest version of the API with all that bot-bottle uses. */
  readonly prefix: string;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** A client for the engine at this socket. Connects only at the first call. */
export function createEngineClient(address: EngineAddress): EngineClient {
  const agent = new Agent({ keepAlive: true });
  return {
    call: async <T>(call: EngineCall) => {
      const deadline = startDeadline(call);
      try {
        const text = await bodyOf(await answer(open(address, call, { agent, signal: deadline.signal })));
        return (text === '' ? undefined : JSON.parse(text)) as T;
      } catch (error) {
        throw explain(error, call, deadline);
      }
    },
    stream: async (call) => {
      const deadline = startDeadline(call);
      try {
        return await answer(open(address, call, { agent, signal: deadline.signal }));
      } catch (error) {
        throw explain(error, call, deadline);
      } finally {
        deadline.stop();
      }
    },
    upgrade: async (call) => {
      const deadline = startDeadline(call);
      try {
        return await hijack(open(address, call, { signal: deadline.signal, upgrade: true }));
      } catch (error) {
        throw explain(error, call, deadline);
      } finally {
        deadline.stop();
      }
    },
  };
}

interface Deadline {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  hasPassed(): boolean;
  /** The answer has begun: from now on only the caller's own signal ends it. */
  stop(): void;
}

function startDeadline(call: EngineCall): Deadline {
  const timeoutMs = call.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  timer.unref();
  const { signal } = controller;
  return {
    signal: call.signal === undefined ? signal : eitherOf(signal, call.signal),
    timeoutMs,
    hasPassed: () => signal.aborted,
    stop: () => clearTimeout(timer),
  };
}

interface OpenOptions {
  readonly signal: AbortSignal;
  readonly agent?: Agent;
  readonly upgrade?: boolean;
}

function open(address: EngineAddress, call: EngineCall, options: OpenOptions): ClientRequest {
  const query = new URLSearchParams(
    Object.entries(call.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  const json = call.json === undefined ? undefined : Buffer.from(JSON.stringify(call.json));
  const outgoing = request({
    socketPath: address.socketPath,
    path: `${address.prefix}${call.path}${query === '' ? '' : `?${query}`}`,
    method: call.method,
    headers: {
      host: 'engine',
      ...(json === undefined ? {} : { 'content-type': 'application/json', 'content-length': json.length }),
      ...(call.content === undefined ? {} : { 'content-type': 'application/x-tar' }),
      ...(options.upgrade === true ? { connection: 'Upgrade', upgrade: 'tcp' } : {}),
    },
    agent: options.agent ?? false,
    signal: options.signal,
  });
  if (call.content === undefined) outgoing.end(json);
  else call.content.on('error', (error) => outgoing.destroy(error)).pipe(outgoing);
  return outgoing;
}

/** The answer, once it begins. @throws EngineError for a status of 400 or more */
async function answer(outgoing: ClientRequest): Promise<IncomingMessage> {
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
  const status = incoming.statusCode ?? 0;
  if (status >= 400) throw new EngineError(messageIn(await bodyOf(incoming)), status);
  return incoming;
}

async function hijack(outgoing: ClientRequest): Promise<Socket> {
  return await new Promise<Socket>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('upgrade', (_incoming, socket, head) => {
      // The connection may end before anyone reads; a later reader then sees its end.
      socket.on('error', () => undefined);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    outgoing.once('response', (incoming) => {
      bodyOf(incoming).then(
        (text) => reject(new EngineError(messageIn(text), incoming.statusCode)),
        (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
      );
    });
  });
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Docker sends `{"message"}`, Podman adds `cause`; either may send plain text. */
function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text.trim();
  }
}

function explain(error: unknown, call: EngineCall, deadline: Deadline): unknown {
  if (call.signal?.aborted === true) return call.signal.reason;
  if (error instanceof EngineError) return error;
  const what = `${call.method} ${call.path}`;
  if (deadline.hasPassed()) {
    return new EngineError(`the engine did not answer ${what} within ${deadline.timeoutMs / 1000} s`);
  }
  return new EngineError(`${what}: ${reasonOf(error)}`, undefined, error);
}
