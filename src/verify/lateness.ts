import { HELD_MS } from './probes/kernel/by-perl.ts';

/** Whether what was held for a moment was looked at in it: a busy host may pause for longer. */

interface Found {
  readonly nonce: string;
}

interface Look {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** Notes who was there before or after a pause in which something could be had and let go unseen; `beganMs`: when watching begins. */
export function watchLateness(beganMs: number) {
  const pausesMs = new Map<string, number>();
  let [lastBeganMs, lastFound]: [number, readonly Found[]] = [beganMs, []];
  return {
    looked: (found: readonly Found[], look: Look): void => {
      // What begins after one look has begun was seen when the next has ended.
      const pauseMs = look.endedMs - lastBeganMs;
      if (pauseMs > HELD_MS) for (const { nonce } of [...lastFound, ...found]) pausesMs.set(nonce, pauseMs);
      [lastBeganMs, lastFound] = [look.beganMs, found];
    },
    /** Why what a process with this nonce held may have been overlooked; undefined: it was not. */
    of: (nonce: string): string | undefined => {
      const pauseMs = pausesMs.get(nonce);
      return pauseMs === undefined
        ? undefined
        : `this host did not look for ${Math.round(pauseMs)} ms, and what was got is held for ${HELD_MS}`;
    },
  };
}
