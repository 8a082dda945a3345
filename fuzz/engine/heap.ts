/** Checks whether memory grows with the number of inputs. */

export interface Heap {
  /** Takes a sample; call it from time to time. */
  look(inputs: number): void;
  grownBytes(): number;
  /** Returns a description of the leak; undefined: there is none. */
  leak(): string | undefined;
}

export interface Sample {
  readonly inputs: number;
  readonly bytes: number;
}

/** Code is compiled before this number of inputs. */
const WARM_INPUTS = 2_000;
/** Caches with their own limits stay below this. */
const FREE_BYTES = 8 * 1024 ** 2;
const MAX_BYTES_PER_INPUT = 32;
const FEWEST_SAMPLES = 3;

/** `collect` removes everything from the heap that is not in use. */
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

/**
 * A leak continues. So this compares the first sample of the second half with the lowest of the last quarter; the
 * lowest, because timers free memory in waves.
 */
export function leakIn(samples: readonly Sample[]): string | undefined {
  const end = samples.at(-1)?.inputs ?? 0;
  const middle = samples.find(({ inputs }) => inputs * 2 >= end);
  const late = samples.filter(({ inputs }) => inputs * 4 >= end * 3).sort((a, b) => a.bytes - b.bytes);
  const [least] = late;
  if (least === undefined || middle === undefined || late.length < FEWEST_SAMPLES) return undefined;
  const bytes = least.bytes - middle.bytes;
  const inputs = least.inputs - middle.inputs;
  if (bytes < FREE_BYTES || bytes < inputs * MAX_BYTES_PER_INPUT) return undefined;
  return `the live heap has grown by ${bytes} bytes in ${inputs} inputs`;
}
