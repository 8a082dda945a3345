import { duplexPair, type Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { Connection } from './connection.ts';
import { frameOf, TYPE, type Frame } from './frames/frame.ts';
import { encodeFields } from './hpack/encode.ts';
import { PREFACE } from './settings.ts';
import { Splitter } from './frames/splitter.ts';
import type { Stream } from './stream.ts';

/** A peer that sends exactly the given frames, and records what it receives. */

export interface Peer {
  readonly socket: Duplex;
  readonly heard: Frame[];
  /** Sends frames, and waits until this side sends no more. */
  say(...frames: readonly Buffer[]): Promise<void>;
  /** Codes of received resets, by stream. */
  resets(): (readonly [id: number, code: number])[];
}

const SETTINGS = frameOf({ type: TYPE.settings, flags: 0, id: 0 });

/** Returns a peer on this socket, which skips this many bytes before the first frame. */
export function peerOn(socket: Duplex, prefaceBytes = 0): Peer {
  const heard: Frame[] = [];
  const splitter = new Splitter((frame) => heard.push({ ...frame, payload: Buffer.from(frame.payload) }));
  let toSkip = prefaceBytes;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    splitter.push(chunk.subarray(toSkip));
    toSkip = Math.max(0, toSkip - chunk.length);
  });
  return {
    socket,
    heard,
    say: async (...frames) => {
      if (frames.length > 0) socket.write(Buffer.concat(frames));
      for (let count = 0; count < 20; count += 1) await turn();
    },
    resets: () =>
      heard
        .filter(({ type }) => type === TYPE.reset)
        .map(({ id, payload }) => [id, payload.readUInt32BE(0)] as const),
  };
}

export interface Served extends Peer {
  readonly connection: Connection;
  readonly faults: string[];
}

/** Returns a client that has sent its preface to our server. */
export function clientOf(asked: (stream: Stream) => void): Served {
  const [socket, far] = duplexPair();
  const faults: string[] = [];
  const owner = { asked, faulted: (reason: string) => faults.push(reason), left: () => undefined };
  const connection = new Connection(far, { isServer: true, idleMs: 60_000 }, owner);
  socket.write(Buffer.concat([Buffer.from(PREFACE, 'latin1'), SETTINGS]));
  return { ...peerOn(socket), connection, faults };
}

/** Returns a host that our client is connected to. */
export function hostOf(): Served {
  const [socket, far] = duplexPair();
  const faults: string[] = [];
  const owner = { faulted: (reason: string) => faults.push(reason), left: () => undefined };
  const connection = new Connection(far, { isServer: false, idleMs: 60_000 }, owner);
  socket.write(SETTINGS);
  return { ...peerOn(socket, PREFACE.length), connection, faults };
}

/** Sends a request to the host. */
export function askFor(connection: Connection, method: string): Stream {
  const stream = connection.open();
  stream.isHeadOnly = method === 'HEAD';
  stream.sendHead([':method', method, ...POST.slice(2)], true);
  return stream;
}

const POST = [':method', 'POST', ':scheme', 'https', ':authority', 'a.test', ':path', '/'];

/** A head that content follows. */
export const post = (id: number, fields = POST): Buffer =>
  frameOf({ type: TYPE.headers, flags: 4, id }, encodeFields(fields));
export const data = (id: number, content: string | Uint8Array, isLast = false): Buffer =>
  frameOf({ type: TYPE.data, flags: isLast ? 1 : 0, id }, content);
