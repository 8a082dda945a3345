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
/** Three bottles start at once, on a host that has other things to do. */
const PATIENCE_MS = 90_000;

type Strike = (gatewayPid: number, bottle: LiveBottle) => Promise<void> | void;

interface Struck {
  readonly bottle: LiveBottle;
  /** Knocks since then, besides those on their way. */
  heard(): number;
}

/** Whatever happens to the gateway, nothing goes round it. An agent that knocks without end, and a canary that counts. */
export function failClosedCases(bench: Bench): void {
  let place: CanaryPlace;
  let [orphan, unlogged, control]: [Struck?, Struck?, Struck?] = [];
  let heard: Readonly<Record<'orphan' | 'unlogged' | 'control', number | undefined>>;

  // One window for all: the agent that is left alone is the control of what the others' silence means, however slow its knocks are.
  beforeAll(async () => {
    place = await openPlace();
    const killed = async (pid: number): Promise<void> => void process.kill(pid, 'SIGKILL');
    const [one, other, left] = await Promise.all([
      struck('orphan', killed),
      struck(
        'unlogged',
        async (pid, { id }) => await limitFileSize(pid, statSync(auditPathOf(bench, id)).size),
      ),
      struck('control', () => undefined),
    ]);
    [orphan, unlogged, control] = [one, other, left];
    const before = left.heard();
    await sleep(WINDOW_MS);
    await until(() => left.heard() > before + IN_FLIGHT);
    heard = { orphan: one.heard(), unlogged: other.heard(), control: left.heard() - before };
  });
  afterAll(async () => {
    await Promise.all([orphan, unlogged, control].map(async (one) => await one?.bottle.stop()));
    await place[Symbol.asyncDispose]();
  });

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

  /** A bottle whose agent knocks, and what is done to its gateway. */
  const struck = async (name: string, strike: Strike): Promise<Struck> => {
    const knocks = await knocker(name);
    await strike(await gatewayPid(bench.rung, knocks.bottle.id), knocks.bottle);
    const before = knocks.heard();
    // Silence afterwards is no want of knocks.
    expect(knocks.last()).toBeLessThan(KNOCKS / 2);
    return { bottle: knocks.bottle, heard: () => Math.max(0, knocks.heard() - before - IN_FLIGHT) };
  };

  bench.case('the gateway is killed: nothing gets out any more, and the user is told', async () => {
    expect(heard.orphan).toBe(0);
    await until(() => orphan?.bottle.notes().includes('nothing gets out of the bottle any more') === true);
  });

  // As a full disk, to this process only: setrlimit(2), RLIMIT_FSIZE; its next write fails with EFBIG.
  bench.case('the log cannot be written any more: nothing gets out', () => {
    expect(heard.unlogged).toBe(0);
  });

  bench.case('left alone, the same agent is heard all the time', async () => {
    expect(heard.control).toBeGreaterThan(0);
    expect((await control?.bottle.stop())?.stderr).not.toContain('the gateway');
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
  const end = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`it did not happen within ${PATIENCE_MS / 1_000} s`);
    await sleep(50);
  }
}
