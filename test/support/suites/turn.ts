import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from '../../../src/host/disk/lock.ts';

/** A resource that a host has only once: suites that run in parallel take turns. */
export type Turn = 'ports 80 and 443';

const LOOK_MS = 100;
const PATIENCE_MS = 540_000;

/** Waits until nobody else holds it. @throws Error after 9 minutes */
export async function takeTurn(turn: Turn): Promise<AsyncDisposable> {
  const path = join(tmpdir(), `bot-bottle-tests-${turn.replaceAll(' ', '-')}.lock`);
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const release = await tryLock(path);
    if (release !== undefined) return { [Symbol.asyncDispose]: release };
    if (Date.now() > until) throw new Error(`somebody else has ${turn}: ${path}`);
    await sleep(LOOK_MS);
  }
}
