import { setTimeout as sleep } from 'node:timers/promises';
import { statSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import { makeNonce } from '../../../src/verify/arena/nonce.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { NAMES, rulesTo } from '../support/asks.ts';
import type { Bench } from '../support/bench.ts';
import { gatewayPid } from '../support/gateway.ts';
import type { LiveBottle } from '../support/live.ts';
import { openPlace, type CanaryPlace } from '../support/place.ts';
import { auditPathOf } from '../support/state.ts';

/** Knocks that were on their way when the gateway was hit. */
const IN_FLIGHT = 3;
/** The guest pauses 50 ms after each: half of them last for a minute. */
const KNOCKS = 2_400;
const WINDOW_MS = 3_000;

/** Whatever happens to the gateway, nothing goes round it. An agent that knocks without end, and a canary that counts. */
export function failClosedCases(bench: Bench): void {
  let place: CanaryPlace;
  beforeAll(async () => (place = await openPlace()));
  afterAll(async () => await place[Symbol.asyncDispose]());

  interface Knocker {
    readonly bottle: LiveBottle;
    /** How many knocks were heard. */
    heard(): number;
    /** Which of them was heard last. */
    last(): number;
  }

  const knocker = async (name: string): Promise<Knocker> => {
    const nonces = Array.from({ length: KNOCKS }, makeNonce);
    const knocks = JSON.stringify({ nonces, names: NAMES, port: place.port });
    const script =
      'printf %s "$0" > /tmp/knocks.json; echo ready; node /work/knock.mjs /tmp/knocks.json; sleep 60';
    const bottle = await bench.live(name, ['sh', '-c', script, knocks], {
      manifest: { allow: rulesTo(place) },
    });
    const wasHeard = (nonce: string): boolean => place.canary.heard(nonce).length > 0;
    const heard = (): number => nonces.filter(wasHeard).length;
    await until(() => heard() > 2);
    return { bottle, heard, last: () => nonces.findLastIndex(wasHeard) };
  };

  /** How many more are heard in the window that begins now, besides those on their way. */
  const heardAfter = async (knocker: Knocker): Promise<number> => {
    const before = knocker.heard();
    // Silence afterwards is no want of knocks.
    expect(knocker.last()).toBeLessThan(KNOCKS / 2);
    await sleep(WINDOW_MS);
    return Math.max(0, knocker.heard() - before - IN_FLIGHT);
  };

  bench.case('the gateway is killed: nothing gets out any more, and the user is told', async () => {
    const knocks = await knocker('orphan');
    process.kill(await gatewayPid(bench.rung, knocks.bottle.id), 'SIGKILL');
    expect(await heardAfter(knocks)).toBe(0);
    await until(() => knocks.bottle.notes().includes('nothing gets out of the bottle any more'));
    await knocks.bottle.stop();
  });

  bench.case('the log cannot be written any more: nothing gets out', async () => {
    const knocks = await knocker('unlogged');
    const { size } = statSync(auditPathOf(bench, knocks.bottle.id));
    // As a full disk, to this process only: setrlimit(2), RLIMIT_FSIZE; its next write fails with EFBIG.
    await limitFileSize(await gatewayPid(bench.rung, knocks.bottle.id), size);
    expect(await heardAfter(knocks)).toBe(0);
    await knocks.bottle.stop();
  });

  bench.case('left alone, the same agent is heard all the time', async () => {
    const knocks = await knocker('control');
    expect(await heardAfter(knocks)).toBeGreaterThan(0);
    expect((await knocks.bottle.stop()).stderr).not.toContain('the gateway');
  });
}

/** As the gateway's own user, who needs no privilege for it. */
async function limitFileSize(pid: number, bytes: number): Promise<void> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [uid, gid] = ['Uid', 'Gid'].map(
    (name) => new RegExp(`^${name}:\\t(\\d+)`, 'm').exec(status)?.[1] ?? '',
  );
  const asOwner = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  await runOrThrow('setpriv', [...asOwner, 'prlimit', `--pid=${pid}`, `--fsize=${bytes}:${bytes}`]);
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen within 20 s');
    await sleep(50);
  }
}
