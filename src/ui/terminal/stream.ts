import { Transform, type TransformCallback } from 'node:stream';
import { OutputFilter } from './filter.ts';

/** The filter as a stream between a bottle's output and the user's terminal. Its end restores the terminal. */
export class TerminalFilter extends Transform {
  readonly #filter = new OutputFilter();

  override _transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, this.#filter.filter(chunk));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#filter.finish());
  }
}
