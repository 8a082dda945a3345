import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cacheDir } from '../../../src/host/paths.ts';
import { run } from '../../../src/host/run.ts';
import { makeHome, ONE_OF_EACH_DRIVER, RUNTIMES, type Home } from '../../support/home.ts';
import { testMode } from '../../support/suites/mode.ts';
import { seededRandom } from '../../support/random.ts';
import {
  chooseStrikes,
  interrupt,
  MADE,
  startInPeace,
  strike,
  type Place,
  type Span,
  type Strike,
  type Struck,
} from '../../support/strike.ts';
import { watchBottles } from '../../support/watch.ts';

/**
 * Kills starts at random moments and checks the leftovers. BOT_BOTTLE_KILL_RUNS sets the number of runs on each rung,
 * BOT_BOTTLE_KILL_SEED repeats a failed run.
 */

const USUAL_RUNS = testMode() === 'whole' ? 8 : 4;
/** An emulated machine takes ten seconds for each run. */
const RUNS_OF: Readonly<Record<string, number>> = { qemu: 3 };
const runsOf = (runtime: string): number =>
  Number(process.env['BOT_BOTTLE_KILL_RUNS'] ?? RUNS_OF[runtime] ?? USUAL_RUNS);
const SEED = Number(process.env['BOT_BOTTLE_KILL_SEED'] ?? randomInt(2 ** 31));
const SECONDS_EACH = 30;
const KILLED = testMode() === 'whole' ? [...new Set([...RUNTIMES, 'qemu'])] : ONE_OF_EACH_DRIVER;
/** The share of runs in the bridge form, which has most to clean up; bubblewrap and machines do not have it. */
const BRIDGE_SHARE: Readonly<Record<string, number>> = { bubblewrap: 0, runc: 0.3, runsc: 0.2, qemu: 0 };

/** A secret in the agent's environment, and nowhere on disk. */
const SECRET = randomBytes(20).toString('hex');

describe.each(KILLED)('%s', (runtime) => {
  const runs = runsOf(runtime);
  const timeout = 60_000 + runs * SECONDS_EACH * 1_000;
  const random = seededRandom(SEED + KILLED.indexOf(runtime));
  const bridgeShare = BRIDGE_SHARE[runtime] ?? 0;
  let home: Home;
  let place: Place;
  let span: Span;

  beforeAll(() => {
    home = makeHome({ forgets: ['probes'], env: { BOT_BOTTLE_TEST_SECRET: SECRET } });
    const project = home.project('project', { 'README.md': 'A project.\n', 'src/main.js': 'void 0;\n' });
    const manifest = home.manifest({
      bottles: { box: { env: { TOKEN: '${BOT_BOTTLE_TEST_SECRET}' } } },
      agents: { worker: { bottle: 'box', agent: 'shell' } },
    });
    const startArgs = ['start', 'worker', project, '--manifest', manifest, '--yes', '--runtime', runtime];
    place = { home, watch: watchBottles(home.bottlesDir), startArgs };
  });

  afterAll(async () => {
    place.watch[Symbol.dispose]();
    await home.remove();
  });

  test('an undisturbed start leaves its work and nothing else', async () => {
    const [afresh, usual] = [await startInPeace(place, true), await startInPeace(place, false)];
    span = { afreshMs: afresh.tookMs, usualMs: usual.tookMs };
    for (const { code, stdout, seen, gateways } of [afresh, usual]) {
      expect({ code, stdout, gateways }).toEqual({
        code: 0,
        stdout: 'begun\n',
        gateways: [expect.any(Number)],
      });
      const kinds = new Set(seen.map((line) => line.split(/[,:]/)[0]));
      expect([...kinds]).toEqual(expect.arrayContaining(['process', 'state']));
    }
    expect(await place.watch.remains()).toEqual([]);
    for (const id of place.watch.ids) await expectWork(home, id);
  });

  test('the search for the secret finds it (control)', async () => {
    const planted = [home.dir, home.bottlesDir].map((folder) => join(folder, 'planted'));
    for (const path of planted) writeFileSync(path, `x${SECRET}x`);
    expect((await filesWithSecret([home.dir])).sort()).toEqual(planted.sort());
    for (const path of planted) rmSync(path);
    expect(await filesWithSecret([home.dir])).toEqual([]);
  });

  test(
    `${runs} starts killed at any moment leave, after gc, no trace and no secret, but all work`,
    { timeout },
    async () => {
      const done: (Strike & Struck)[] = [];
      for (const blow of chooseStrikes(runs, random, { span, bridgeShare })) {
        done.push({ ...blow, ...(await strike(place, blow)) });
        expectNone(await filesWithSecret([home.bottlesDir]), done);
      }
      expect(await home.must(['gc'])).toMatchObject({ code: 0 });
      expectNone(await place.watch.remains(), done);
      expectNone(await filesWithSecret([home.dir, cacheDir(), '/var/lib/docker/containers']), done);
      const withWork = done.flatMap(({ id, hadWork }) => (hadWork && id !== undefined ? [id] : []));
      for (const id of withWork) await expectWork(home, id);
      await expectApplied(home, withWork.at(-1));
    },
  );

  const interrupts = Math.ceil(runs / 2);
  test(`${interrupts} starts interrupted at any moment leave nothing at once`, { timeout }, async () => {
    for (const [index, blow] of chooseStrikes(interrupts, random, { span, bridgeShare }).entries()) {
      const [signal, code] = index % 2 === 0 ? (['SIGINT', 130] as const) : (['SIGTERM', 143] as const);
      const struck = await interrupt(place, blow, signal);
      expectNone(await place.watch.remains(), [{ ...blow, ...struck, signal }]);
      expect([code, 0]).toContain(struck.code); // 0: it had ended before the signal
      if (struck.hadWork && struck.id !== undefined) await expectWork(home, struck.id);
    }
  });
});

/**
 * Fails if `found` is not empty. The message begins with the first finding (a summary shows one line), then lists what
 * was done, and how to repeat it.
 */
function expectNone(found: readonly string[], done: readonly object[]): void {
  if (found.length === 0) return;
  const again = `BOT_BOTTLE_KILL_RUNS=${done.length} BOT_BOTTLE_KILL_SEED=${SEED}`;
  const first = `${found[0]} (${found.length} found; ${again})`;
  expect.fail([first, ...found.slice(1), 'done:', ...done.map((one) => JSON.stringify(one))].join('\n'));
}

/** Checks that the work is complete, that `diff` shows it, and that it comes from the agent, which had the secret. */
async function expectWork(home: Home, id: string): Promise<void> {
  const { code, stdout } = await home.run(['diff', id]);
  expect({ id, code }).toEqual({ id, code: 0 });
  expect(stdout).toContain(`+++ b/${MADE}\n`);
  expect(stdout).toContain(`\n+${SECRET.length}\n`);
}

/** If work was saved, applies it; then restores the project. */
async function expectApplied(home: Home, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const applied = await home.run(['apply', id]);
  expect(applied).toMatchObject({ code: 0, stdout: `written:\n  ${MADE}\n` });
  rmSync(join(home.dir, 'project', MADE));
}

/** @throws Error if a file that still exists could not be searched */
async function filesWithSecret(places: readonly string[]): Promise<string[]> {
  const there = places.filter((path) => existsSync(path));
  if (there.length === 0) return [];
  const { stdout, stderr, exitCode } = await run('grep', ['-rlF', '--devices=skip', '-e', SECRET, ...there]);
  // 2: grep met an error; files that disappeared meanwhile cause one as well.
  const unread = stderr.split('\n').filter((line) => {
    const [, path] = /^grep: (.+): [^:]+$/.exec(line) ?? [];
    return line !== '' && (path === undefined || existsSync(path));
  });
  if (unread.length > 0 || ![0, 1, 2].includes(exitCode ?? -1) || (exitCode === 2 && stderr === ''))
    throw new Error(`the search was not complete (${exitCode}): ${unread.join('; ')}`);
  return stdout.split('\n').filter((line) => line !== '');
}
