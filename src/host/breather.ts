import { setImmediate as nextTurn } from 'node:timers/promises';

/** Small synchronous steps are several times faster than as many promises; this lets timers and signals in between. */
export class Breather {
  #steps = 0;

  async step(): Promise<void> {
    this.#steps += 1;
    if (this.#steps % 128 === 0) await nextTurn();
  }
}
