import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Provided by vitest.config.ts. */
    readonly mode: string;
  }
}

/** Returns Vitest's `--mode`. `whole` tries every combination where other modes try one. */
export const testMode = (): string => inject('mode');

/** Returns what only a whole run tries besides: combinations whose parts other tests try. */
export const onlyWhole = <T>(more: readonly T[]): readonly T[] => (testMode() === 'whole' ? more : []);
