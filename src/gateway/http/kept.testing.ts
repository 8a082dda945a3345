import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Finds code that keeps the memory of many short pieces: makes pieces of memory, and counts those that are still
 * referenced.
 */
export class Kept {
  readonly #memories: WeakRef<ArrayBufferLike>[] = [];

  /** Returns one byte, in separate memory of this length. */
  byteIn(memoryBytes: number): Buffer {
    const memory = new ArrayBuffer(memoryBytes);
    this.#memories.push(new WeakRef(memory));
    return Buffer.from(memory, 0, 1).fill('a');
  }

  /** Returns how many of those memories still exist. */
  async count(): Promise<number> {
    let before = Infinity;
    let left = this.#memories.length;
    // An active collection, or a value on the stack that looks like a pointer, can keep some of it for a few rounds.
    for (let round = 0; left > 0 && (round < 8 || left < before); round += 1) {
      await turn();
      collect();
      before = left;
      left = this.#memories.filter((memory) => memory.deref() !== undefined).length;
    }
    return left;
  }
}
