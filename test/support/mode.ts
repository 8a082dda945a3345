import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Told by vitest.config.ts. */
    readonly mode: string;
  }
}

/** Vitest's `--mode`: `whole` tries every combination of what is otherwise tried in one. */
export const testMode = (): string => inject('mode');
