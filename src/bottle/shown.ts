import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { TerminalFilter } from '../ui/terminal/stream.ts';

/**
 * One of the user's streams as a bottle may write to it: words reach the user's eyes only through the filter; a file or a pipe gets
 * them as they are. Where nobody takes them any more (`| head`), they are dropped: no program waits for who is gone.
 */
export class Shown {
  readonly entry: Writable;
  readonly #out: Writable;

  /** `unread`: called once, with why, when nobody takes what is written any more. */
  constructor(stream: NodeJS.WriteStream, unread: (why: Error) => void) {
    this.#out = untilUnread(stream, unread);
    this.entry = stream.isTTY ? new TerminalFilter() : this.#out;
    if (this.entry instanceof TerminalFilter) this.entry.pipe(this.#out);
  }

  /** Waits until all was written and the terminal is as it was before. */
  async end(): Promise<void> {
    this.entry.end();
    await finished(this.#out);
  }
}

/** Writes to a stream that is not ended with it, as long as that takes it. That it fails is no crash: `hearOfReaders` (ui/print.ts). */
function untilUnread(stream: NodeJS.WriteStream, unread: (why: Error) => void): Writable {
  let isUnread = false;
  return new Writable({
    write: (chunk: Buffer, _, done) => {
      if (isUnread) return done();
      stream.write(chunk, (why) => {
        if (why instanceof Error && !isUnread) {
          isUnread = true;
          unread(why);
        }
        done();
      });
    },
  });
}
