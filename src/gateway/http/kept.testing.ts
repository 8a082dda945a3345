import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What keeps the memory of many short pieces: pieces of memory are made here, and counted while something has a part of them. */
export class Kept {
  readonly #memories: WeakRef<ArrayBufferLike>[] = [];

  /** A byte, in memory of its own that is so long. */
  byteIn(memoryBytes: number): Buffer {
    const memory = new ArrayBuffer(memoryBytes);
    this.#memories.push(new WeakRef(memory));
    return Buffer.from(memory, 0, 1).fill('a');
  }

  /** Of how many the memory is still there. */
  async count(): Promise<number> {
    let before = Infinity;
    let left = this.#memories.length;
    // A collection that is under way, and what looks like a pointer on the stack, can keep some of it for a few rounds.
    for (let round = 0; left > 0 && (round < 8 || left < before); round += 1) {
      await turn();
      collect();
      before = left;
      left = this.#memories.filter((memory) => memory.deref() !== undefined).length;
    }
    return left;
  }
}
