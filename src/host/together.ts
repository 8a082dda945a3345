/**
 * Waits for work that is done side by side. A failure is thrown only when all of it has ended: what is still being made when
 * removal begins would be left behind.
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
 * Does it for each, so many at a time, and gives what came of them in their order. After a failure none is begun; it is thrown
 * when those that were under way have ended.
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
