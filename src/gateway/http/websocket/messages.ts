import {
  BadFrame,
  FIRST_CONTROL,
  FrameReader,
  MAX_MESSAGE_BYTES,
  type Frame,
  type Sender,
} from './frames.ts';
import { apart } from '../../message/own-memory.ts';
import { Waiting } from './waiting.ts';

/** Memory of a frame besides its bytes: a message may consist of empty frames. */
const FRAME_COST_BYTES = 512;

/** Splits a stream of bytes into messages. All incomplete messages share a limit. */
export class MessageReader {
  readonly #frames: FrameReader;
  readonly #waiting = new Waiting();
  #message: Frame[] = [];
  #messageBytes = 0;

  constructor(sender: Sender) {
    this.#frames = new FrameReader(sender);
  }

  /**
   * Yields the parts that are complete by now: the frames of a message, or a control frame, which may stand within a
   * message.
   * @throws BadFrame
   */
  *push(bytes: Uint8Array): Generator<readonly Frame[], void> {
    for (const frame of this.#frames.push(bytes)) {
      if (frame.opcode >= FIRST_CONTROL) yield [frame];
      else if (this.#add(frame)) yield this.#take();
    }
    this.#waiting.hold(this.#frames.heldBytes + this.#messageBytes);
  }

  /** Call it when nothing more is read. */
  forget(): void {
    this.#take();
    this.#frames.forget();
    this.#waiting.hold(0);
  }

  /** Adds a frame. Returns whether it completes the message. */
  #add(frame: Frame): boolean {
    this.#messageBytes += frame.bytes.length + FRAME_COST_BYTES;
    if (this.#messageBytes > MAX_MESSAGE_BYTES) throw new BadFrame('belongs to a message that is too long');
    this.#message.push(frame.isFinal ? frame : alone(frame));
    return frame.isFinal;
  }

  #take(): readonly Frame[] {
    const frames = this.#message;
    [this.#message, this.#messageBytes] = [[], 0];
    return frames;
  }
}

/** Detaches a waiting frame from the memory of those that arrived with it. */
function alone(frame: Frame): Frame {
  const { bytes, payload } = frame;
  const own = apart(bytes);
  return own === bytes ? frame : { ...frame, bytes: own, payload: own.subarray(own.length - payload.length) };
}
