import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Waits for parallel work. Throws the first failure only after all of it has ended: otherwise a removal could miss what
 * is still being made.
 */
export async function together<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = (await Promise.allSettled(work)) as PromiseSettledResult<unknown>[];
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
  }
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as {
    -readonly [K in keyof T]: Awaited<T[K]>;
  };
}

/**
 * Calls `make` for each element, at most `atOnce` at a time, and returns the results in order. After a failure it
 * starts no more calls, and throws once the running ones have ended.
 */
export async function eachInTurn<One, Made>(
  all: readonly One[],
  atOnce: number,
  make: (one: One) => Promise<Made>,
): Promise<readonly Made[]> {
  const made: Made[] = [];
  const left = [...all.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, one] = next;
      try {
        made[index] = await make(one);
      } catch (error) {
        left.length = 0;
        throw error;
      }
    }
  };
  await together(Array.from({ length: atOnce }, worker));
  return made;
}

/** Lets timers and signals run between small synchronous steps, which are several times faster than promises. */
export class Breather {
  #steps = 0;

  async step(): Promise<void> {
    this.#steps += 1;
    if (this.#steps % 128 === 0) await nextTurn();
  }
}
