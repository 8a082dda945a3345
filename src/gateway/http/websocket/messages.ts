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

/** What a frame takes besides its bytes, with memory of its own: a message may be of empty ones. */
const FRAME_COST_BYTES = 512;

/** Cuts a stream of bytes into messages. What it keeps of those without an end has a limit for all together. */
export class MessageReader {
  readonly #frames: FrameReader;
  readonly #waiting = new Waiting();
  #message: Frame[] = [];
  #messageBytes = 0;

  constructor(sender: Sender) {
    this.#frames = new FrameReader(sender);
  }

  /** What is whole by now: the frames of a message, or one that is of none, which may stand among those of one. @throws BadFrame */
  *push(bytes: Uint8Array): Generator<readonly Frame[], void> {
    for (const frame of this.#frames.push(bytes)) {
      if (frame.opcode >= FIRST_CONTROL) yield [frame];
      else if (this.#add(frame)) yield this.#take();
    }
    this.#waiting.hold(this.#frames.heldBytes + this.#messageBytes);
  }

  /** To be called when nothing more is read. */
  forget(): void {
    this.#take();
    this.#frames.forget();
    this.#waiting.hold(0);
  }

  /** Whether the message is whole with this one. */
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

/** One that waits does not keep the memory of those that it came with. */
function alone(frame: Frame): Frame {
  const { bytes, payload } = frame;
  const own = apart(bytes);
  return own === bytes ? frame : { ...frame, bytes: own, payload: own.subarray(own.length - payload.length) };
}
