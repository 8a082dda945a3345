import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from '../../src/host/disk/lock.ts';

/** What there is one of on a host: suites that run side by side take turns. */
export type Turn = 'ports 80 and 443' | 'settings of the kernel';

const LOOK_MS = 100;
const PATIENCE_MS = 540_000;

/** Waits until nobody else has it. @throws Error when that is never */
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
