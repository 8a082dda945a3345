import { setTimeout as sleep } from 'node:timers/promises';
import { statSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { makeNonce } from '../../../src/verify/arena/nonce.ts';
import { goneWithin, identify } from '../../../src/host/processes.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { applyEdits } from '../sabotage/apply.ts';
import { gateway } from '../sabotage/sabotage.ts';
import { NAMES, rulesTo } from '../support/asks.ts';
import type { Bench } from '../support/bench.ts';
import { gatewayPid } from '../support/gateway.ts';
import type { LiveBottle } from '../support/live.ts';
import { openPlace, type CanaryPlace } from '../support/place.ts';
import { auditPathOf } from '../support/state.ts';

/** Knocks of the control bottle to wait for, so that the others' silence means something. */
const MANY = 3;
/** The guest pauses 50 ms after each: half of them last for a minute. */
const KNOCKS = 2_400;
const WINDOW_MS = 3_000;
/** Timeout for three bottles that start at once on a busy host, in milliseconds. */
const PATIENCE_MS = 90_000;

/** An action against a gateway; resolves when it has taken effect. */
type Strike = (gatewayPid: number, logPath: string) => Promise<void> | void;

/** What left a bottle after the strike against its gateway. */
interface Out {
  /**
   * Knocks that the canary heard but the log lacks. The gateway logs before anything leaves, so knocks that were under
   * way are in the log.
   */
  readonly unlogged: readonly string[];
  /** Growth of the log since the strike. */
  readonly loggedBytes: number;
}

const NOTHING: Out = { unlogged: [], loggedBytes: 0 };

interface Struck {
  readonly bottle: LiveBottle;
  /** Number of knocks that the canary heard. */
  heard(): number;
  out(): Out;
}

/** Tests that nothing passes a broken gateway. An agent knocks without end, and a canary counts. */
export function failClosedCases(bench: Bench): void {
  let place: CanaryPlace;
  let [orphan, unlogged, control]: [Struck?, Struck?, Struck?] = [];
  let out: Readonly<Record<'orphan' | 'unlogged' | 'control', Out | undefined>>;

  // One window for all: the untouched agent is the control for the others' silence, however slow its knocks are.
  beforeAll(async () => {
    place = await openPlace();
    const [one, other, left] = await Promise.all([
      struck('orphan', kill),
      struck('unlogged', async (pid, logPath) => await limitFileSize(pid, statSync(logPath).size)),
      struck('control', () => undefined),
    ]);
    [orphan, unlogged, control] = [one, other, left];
    const before = left.heard();
    await sleep(WINDOW_MS);
    await until(() => left.heard() > before + MANY);
    out = { orphan: one.out(), unlogged: other.out(), control: left.out() };
  });
  afterAll(async () => {
    await Promise.all([orphan, unlogged, control].map(async (one) => await one?.bottle.stop()));
    await place[Symbol.asyncDispose]();
  });

  /** Starts a bottle whose agent knocks, and strikes its gateway. */
  const struck = async (name: string, strike: Strike): Promise<Struck> => {
    const nonces = Array.from({ length: KNOCKS }, makeNonce);
    const bottle = await knocker(name, nonces);
    const heard = (): string[] => nonces.filter((nonce) => place.canary.heard(nonce).length > 0);
    await until(() => heard().length > 2);
    const logPath = auditPathOf(bench, bottle.id);
    await strike(await gatewayPid(bench.rung, bottle.id), logPath);
    const { size } = statSync(logPath);
    // Silence afterwards must not come from a lack of knocks.
    expect(nonces.indexOf(heard().at(-1) ?? '')).toBeLessThan(KNOCKS / 2);
    const out = (): Out => {
      const log = readFileSync(logPath, 'utf8');
      return {
        unlogged: heard().filter((nonce) => !log.includes(nonce)),
        loggedBytes: statSync(logPath).size - size,
      };
    };
    return { bottle, heard: () => heard().length, out };
  };

  const knocker = async (name: string, nonces: readonly string[]): Promise<LiveBottle> => {
    const knocks = JSON.stringify({ nonces, names: NAMES, port: place.port });
    const script =
      'printf %s "$0" > /tmp/knocks.json; echo ready; node /work/knock.mjs /tmp/knocks.json; sleep 60';
    return await bench.live(name, ['sh', '-c', script, knocks], { manifest: { allow: rulesTo(place) } });
  };

  bench.case('the gateway is killed: nothing gets out any more, and the user is told', async () => {
    expect(out.orphan).toEqual(NOTHING);
    await until(() => orphan?.bottle.notes().includes('nothing gets out of the bottle any more') === true);
  });

  // Like a full disk, for this process only: setrlimit(2), RLIMIT_FSIZE. Its next write fails with EFBIG.
  bench.case('the log cannot be written any more: nothing gets out', () => {
    expect(out.unlogged).toEqual(NOTHING);
  });

  bench.case('the gateway does not answer from inside: the agent never starts', async () => {
    const packageDir = join(bench.program.dir, 'package');
    const start = async () => await bench.start(['echo', 'ran']);
    applyEdits(packageDir, [gateway(/status: 200(, body: \{ bottle: bottleId)/, 'status: 503$1')]);
    const refused = await start();
    applyEdits(packageDir, [gateway(/status: 503(, body: \{ bottle: bottleId)/, 'status: 200$1')]);
    expect(refused).toMatchObject({ code: 6, stdout: '' });
    expect(refused.stderr).toMatch(/launch check (?:gateway\.answers|machine\.gateway) failed/);
    expect(await start()).toMatchObject({ code: 0, stdout: 'ran\n' });
  });

  bench.case('left alone, the same agent is heard all the time', async () => {
    expect(out.control?.unlogged).toEqual([]);
    expect(out.control?.loggedBytes).toBeGreaterThan(0);
    expect((await control?.bottle.stop())?.stderr).not.toContain('the gateway');
  });
}

async function kill(pid: number): Promise<void> {
  const gateway = identify(pid);
  process.kill(pid, 'SIGKILL');
  expect(gateway === undefined || (await goneWithin(gateway, PATIENCE_MS))).toBe(true);
}

/** Runs as the gateway's own user, who needs no privilege for it. */
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
