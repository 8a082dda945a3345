import { Transform, type TransformCallback } from 'node:stream';
import { OutputFilter, type FilteredSink } from './filter.ts';

/**
 * The filter as a stream between a bottle's output and the user's terminal or pipe. The stream's end restores the
 * terminal.
 */
export class TerminalFilter extends Transform {
  readonly #filter: OutputFilter;

  constructor(sink: FilteredSink) {
    super();
    this.#filter = new OutputFilter(sink);
  }

  /** Whether something was dropped or replaced so far. */
  get hasChanged(): boolean {
    return this.#filter.hasChanged;
  }

  override _transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, this.#filter.filter(chunk));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#filter.finish());
  }
}
