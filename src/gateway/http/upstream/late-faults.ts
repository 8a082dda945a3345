import type { Duplex } from 'node:stream';

/**
 * An upstream may answer before it has the whole request, and close: "too large", "not allowed". The next write then
 * fails, and Node closes the connection, although the answer is there unread. So this reports a failed write later, and
 * until then it counts as active.
 */

/** Delay in milliseconds. What has arrived is read long before, unless the client reads slowly. No more will arrive. */
const LATER_MS = 1_000;
const HOST_HAS_CLOSED: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET']);

type Callback = (error?: Error | null) => void;

/** The methods that `stream.Writable` calls on its implementation. */
interface Implementation {
  _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void;
  _writev?(chunks: unknown, callback: Callback): void;
}

const patient = new WeakSet<Duplex>();
const broken = new WeakSet<Duplex>();

/** Makes a connection report a failed write one second later, if it is still open then. */
export function tellLater(stream: Duplex): void {
  if (patient.has(stream)) return;
  patient.add(stream);
  const implementation = stream as unknown as Implementation;
  const write = implementation._write.bind(stream);
  const writev = implementation._writev?.bind(stream);
  const later =
    (callback: Callback): Callback =>
    (error) => {
      if (!error || !HOST_HAS_CLOSED.has((error as NodeJS.ErrnoException).code)) return callback(error);
      broken.add(stream);
      const timer = setTimeout(() => callback(error), LATER_MS);
      stream.once('close', () => clearTimeout(timer));
    };
  implementation._write = (chunk, encoding, callback) => write(chunk, encoding, later(callback));
  if (writev !== undefined) implementation._writev = (chunks, callback) => writev(chunks, later(callback));
}

/** Returns whether a write has failed, reported or not, so that nothing more can be sent. */
export const hasFailed = (stream: Duplex): boolean => broken.has(stream);
