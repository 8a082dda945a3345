/** When what was gathered of bodies is looked at, although no more of it comes: of all bodies of the gateway together. */

/** Small pieces are gathered for no longer than this, where there is time: who sent them may wait for an answer. */
const GATHERING_MS = 20;
/**
 * To look at them takes 0.5 to 2 ms of text, 5 to 10 ms of what is encoded, and some 80 ms of what is encoded again and again:
 * so looks at all bodies together get a twentieth of the time, and what of it was not used in the last second.
 */
const LOOKS_SHARE = 20;
const UNUSED_MS = 1_000;
/** What was gathered in an archive can take a second: that is its client's, and no other has to wait twenty times as long for it. */
const MOST_COUNTED_MS = 80;

/** Looks to be taken and when each may be, in the order in which they were asked for. */
const looks = new Map<() => void, number>();
let nextLook: NodeJS.Timeout | undefined;
let looksFreeAtMs = 0;

/** Has it called in a while, once; the first of what is gathered does not wait anew for each that comes behind it. */
export function lookSoon(look: () => void): void {
  if (!looks.has(look)) looks.set(look, performance.now() + GATHERING_MS);
  awaitLook();
}

/** Calls it off. */
export function lookNoMore(look: () => void): void {
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
