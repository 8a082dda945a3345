/**
 * Schedules the inspection of gathered bytes when no more of a body arrives, for all bodies of the gateway together.
 */

/**
 * Longest time that small pieces are gathered while there is time to inspect them: their sender may wait for an answer.
 */
const GATHERING_MS = 20;
/**
 * An inspection takes 0.5 to 2 ms for text, 5 to 10 ms for encoded content, and some 80 ms for repeatedly encoded
 * content. So the inspections of all bodies together get a twentieth of the time, plus their unused share of the last
 * second.
 */
const LOOKS_SHARE = 20;
const UNUSED_MS = 1_000;
/**
 * Most time counted for one inspection. Bytes gathered in an archive can take a second: that costs its client, and no
 * other client should wait twenty times as long for it.
 */
const MOST_COUNTED_MS = 80;

/** The pending inspections with their earliest times, in the order of the requests. */
const looks = new Map<() => void, number>();
let nextLook: NodeJS.Timeout | undefined;
let looksFreeAtMs = 0;

/** Schedules one call of `look`. Further pieces do not postpone it. */
export function scheduleInspection(look: () => void): void {
  if (!looks.has(look)) looks.set(look, performance.now() + GATHERING_MS);
  awaitLook();
}

/** Cancels the call. */
export function cancelInspection(look: () => void): void {
  looks.delete(look);
  if (looks.size > 0) return;
  clearTimeout(nextLook);
  nextLook = undefined;
}

function awaitLook(): void {
  const [atMs] = looks.values();
  if (atMs === undefined) return;
  nextLook ??= setTimeout(takeLook, Math.max(atMs, looksFreeAtMs) - performance.now()).unref();
}

function takeLook(): void {
  nextLook = undefined;
  const [look] = looks.keys();
  if (look === undefined) return;
  looks.delete(look);
  const beganMs = performance.now();
  try {
    look();
  } finally {
    const endedMs = performance.now();
    const countedMs = Math.min(endedMs - beganMs, MOST_COUNTED_MS);
    looksFreeAtMs = Math.max(looksFreeAtMs, endedMs - UNUSED_MS) + LOOKS_SHARE * countedMs;
    awaitLook();
  }
}
