import type { Duplex } from 'node:stream';

/**
 * An upstream may answer before it has all of a request, and close: "too large", "not allowed". The next write fails then, with which Node ends a
 * connection, though the answer lies there unread. So a write that failed is told of later, and until then is under way.
 */

/** What has arrived is read long before, unless its client takes it slowly; more does not arrive. */
const LATER_MS = 1_000;
const HOST_HAS_CLOSED: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET']);

type Callback = (error?: Error | null) => void;

/** As `stream.Writable` calls it, which is for who implements one. */
interface Implementation {
  _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void;
  _writev?(chunks: unknown, callback: Callback): void;
}

const patient = new WeakSet<Duplex>();
const broken = new WeakSet<Duplex>();

/** Has a connection tell a second later that its upstream takes nothing more, if it is still open by then. */
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

/** Whether a write has failed that nobody was told of yet: nothing more goes on this connection. */
export const hasFailed = (stream: Duplex): boolean => broken.has(stream);
