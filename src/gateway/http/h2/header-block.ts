import { Beginning } from '../../message/own-memory.ts';
import { ConnectionFault } from './faults.ts';
import { FLAG, type Frame, withoutPadding } from './frames/frame.ts';

/** Collects a block of fields from several frames, which must follow each other directly (RFC 9113, 4.3). */

/** Maximum of bytes in all frames of a block. No client sends a longer head. */
const MAX_BLOCK_BYTES = 65_536;
const MAX_FRAMES = 32;
const PRIORITY_BYTES = 5;

export interface WholeBlock {
  readonly id: number;
  readonly bytes: Buffer;
  /** No content follows it. */
  readonly isLast: boolean;
}

/** The incomplete block of one connection, if any. */
export class HeaderBlock {
  #begun: { readonly id: number; readonly isLast: boolean } | undefined;
  readonly #block = new Beginning();
  #frames = 0;

  get isOpen(): boolean {
    return this.#begun !== undefined;
  }

  /**
   * Takes a block's first frame. Returns the block if the frame completes it.
   * @throws ConnectionFault where a frame is out of place
   */
  begin(frame: Frame): WholeBlock | undefined {
    const payload = withoutPadding(frame);
    const skipped = (frame.flags & FLAG.priority) === 0 ? 0 : PRIORITY_BYTES;
    if (payload.length < skipped)
      throw new ConnectionFault('frameSizeError', 'a HEADERS frame without its priority');
    const isLast = (frame.flags & FLAG.endStream) !== 0;
    const bytes = payload.subarray(skipped);
    if ((frame.flags & FLAG.endHeaders) !== 0) return { id: frame.id, bytes, isLast };
    this.#begun = { id: frame.id, isLast };
    this.#frames = 1;
    this.#block.add(bytes, MAX_BLOCK_BYTES);
    return undefined;
  }

  /** Takes a CONTINUATION, as `begin`. A peer may send very many (CVE-2024-27316). */
  goOn({ id, flags, payload }: Frame): WholeBlock | undefined {
    const begun = this.#begun;
    if (begun?.id !== id) throw new ConnectionFault('protocolError', 'a CONTINUATION frame without HEADERS');
    this.#frames += 1;
    if (this.#block.length + payload.length > MAX_BLOCK_BYTES || this.#frames > MAX_FRAMES)
      throw new ConnectionFault('enhanceYourCalm', 'a head that does not end');
    this.#block.add(payload, MAX_BLOCK_BYTES);
    if ((flags & FLAG.endHeaders) === 0) return undefined;
    this.#begun = undefined;
    return { ...begun, bytes: this.#block.take() };
  }
}
