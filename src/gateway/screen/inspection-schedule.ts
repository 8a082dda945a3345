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
const TIME_SHARE = 20;
const UNUSED_MS = 1_000;
/**
 * Most time counted for one inspection. Bytes gathered in an archive can take a second: that costs its client, and no
 * other client should wait twenty times as long for it.
 */
const MOST_COUNTED_MS = 80;

/** The pending inspections with their earliest times, in the order of the requests. */
const pending = new Map<() => void, number>();
let timer: NodeJS.Timeout | undefined;
let freeAtMs = 0;

/** Schedules one call of `inspect`. Further pieces do not postpone it. */
export function scheduleInspection(inspect: () => void): void {
  if (!pending.has(inspect)) pending.set(inspect, performance.now() + GATHERING_MS);
  setTimer();
}

/** Cancels the call. */
export function cancelInspection(inspect: () => void): void {
  pending.delete(inspect);
  if (pending.size > 0) return;
  clearTimeout(timer);
  timer = undefined;
}

function setTimer(): void {
  const [atMs] = pending.values();
  if (atMs === undefined) return;
  timer ??= setTimeout(runNext, Math.max(atMs, freeAtMs) - performance.now()).unref();
}

function runNext(): void {
  timer = undefined;
  const [inspect] = pending.keys();
  if (inspect === undefined) return;
  pending.delete(inspect);
  const beganMs = performance.now();
  try {
    inspect();
  } finally {
    const endedMs = performance.now();
    const countedMs = Math.min(endedMs - beganMs, MOST_COUNTED_MS);
    freeAtMs = Math.max(freeAtMs, endedMs - UNUSED_MS) + TIME_SHARE * countedMs;
    setTimer();
  }
}
