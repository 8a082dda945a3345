/** Whether memory grows with the number of inputs. */

export interface Heap {
  /** To be called now and then. */
  look(inputs: number): void;
  grownBytes(): number;
  /** What is wrong; undefined: nothing. */
  leak(): string | undefined;
}

export interface Sample {
  readonly inputs: number;
  readonly bytes: number;
}

/** Code is compiled before this many inputs. */
const WARM_INPUTS = 2_000;
/** Caches with limits of their own stay below it. */
const FREE_BYTES = 8 * 1024 ** 2;
const MAX_BYTES_PER_INPUT = 32;

/** `collect` leaves only what lives on the heap. */
export function createHeap(collect: () => void): Heap {
  const samples: Sample[] = [];
  return {
    look: (inputs) => {
      if (inputs < WARM_INPUTS) return;
      collect();
      const { heapUsed, external } = process.memoryUsage();
      samples.push({ inputs, bytes: heapUsed + external });
    },
    grownBytes: () => (samples.at(-1)?.bytes ?? 0) - (samples[0]?.bytes ?? 0),
    leak: () => leakIn(samples),
  };
}

/** A leak goes on: it is looked for in the second half, when caches are full. Undefined: there is none. */
export function leakIn(samples: readonly Sample[]): string | undefined {
  const last = samples.at(-1);
  const middle = samples.find(({ inputs }) => inputs * 2 >= (last?.inputs ?? 0));
  if (last === undefined || middle === undefined) return undefined;
  const bytes = last.bytes - middle.bytes;
  const inputs = last.inputs - middle.inputs;
  if (bytes < FREE_BYTES || bytes < inputs * MAX_BYTES_PER_INPUT) return undefined;
  return `the live heap has grown by ${bytes} bytes in the last ${inputs} inputs`;
}
