/** Whether memory grows with the number of inputs. */

export interface Heap {
  /** To be called now and then. */
  look(inputs: number): void;
  grownBytes(): number;
  /** What is wrong; undefined: nothing. */
  leak(): string | undefined;
}

/** Code is compiled and caches are filled before this many inputs. */
const WARM_INPUTS = 2_000;
/** Caches with limits of their own stay below it, or grow no further. */
const FREE_BYTES = 8 * 1024 ** 2;
const MAX_BYTES_PER_INPUT = 32;

/** `gc`: Node must run with --expose-gc. */
export function createHeap(gc: () => void): Heap {
  let first: { readonly inputs: number; readonly bytes: number } | undefined;
  let last = { inputs: 0, bytes: 0 };
  const grownBytes = (): number => last.bytes - (first?.bytes ?? last.bytes);
  return {
    look: (inputs) => {
      if (inputs < WARM_INPUTS) return;
      gc();
      const { heapUsed, external } = process.memoryUsage();
      last = { inputs, bytes: heapUsed + external };
      first ??= last;
    },
    grownBytes,
    leak: () => {
      const inputs = last.inputs - (first?.inputs ?? 0);
      const isLeak = grownBytes() > FREE_BYTES && grownBytes() > inputs * MAX_BYTES_PER_INPUT;
      return isLeak ? `the live heap has grown by ${grownBytes()} bytes in ${inputs} inputs` : undefined;
    },
  };
}
