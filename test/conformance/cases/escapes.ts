import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { layOut, type Arena } from '../../../src/demo/arena.ts';
import { ATTEMPTS, CONTROLS, type Attempt } from '../../../src/demo/attempts.ts';
import { possibleAttempts, viewHost, type HostView } from '../../../src/demo/host-view.ts';
import { attackInTheOpen } from '../../../src/demo/in-the-open.ts';
import { readDecisions } from '../../../src/bottle/logs.ts';
import type { AuditLine } from '../../../src/gateway/config.ts';
import { demoManifest } from '../../../src/demo/manifest.ts';
import { controlOf } from '../../../src/demo/observe.ts';
import { aimAt, type Targets } from '../../../src/demo/targets.ts';
import { runAsRoot } from '../support/as-root.ts';
import { attackerOf, breaches, wordsOf } from '../support/attacks.ts';
import type { Bench } from '../support/bench.ts';
import type { LiveBottle } from '../support/live.ts';
import { traitsOf } from '../support/rung.ts';
import { auditPathOf } from '../support/state.ts';
import { siblingOf, type Sibling } from '../support/sibling.ts';

/** Datagrams that were sent last may still be under way. */
const SETTLE_MS = 500;
/** How many messages of the kernel may come at once: nobody's own, and nothing depends on it. */
const HARMLESS_SETTING = 'kernel/printk_ratelimit_burst';
const HARMLESS_PATH = `/proc/sys/${HARMLESS_SETTING}`;

/** The attempts of the demo, from the agent and from root, judged by canaries on the host and in another bottle. */
export function escapeCases(bench: Bench): void {
  let arena: Arena;
  let bottle: LiveBottle;
  let host: HostView;
  let attempts: readonly Attempt[];
  const env = (): Record<string, string> => ({ BOT_BOTTLE_DEMO_TOKEN: arena.loot['environment'] ?? '' });

  beforeAll(async () => {
    arena = await layOut(await attackerOf(bench.rung));
    const before = aimAt([], await viewHost(), arena.bottle);
    const { bottles } = JSON.parse(demoManifest({ agent: 'x', targets: before })) as {
      bottles: { demo: { egress: { allow: Record<string, unknown>[] } } };
    };
    const manifest = { allow: bottles.demo.egress.allow };
    bottle = await bench.live('attacker', ['sh', '-c', 'echo ready; cat'], { manifest, env: env() });
    // Again: the bottle may have brought a bridge, with addresses of the host on it.
    host = await viewHost();
    attempts = possibleAttempts(ATTEMPTS, host);
  });
  afterAll(async () => {
    await bottle.stop();
    await arena[Symbol.asyncDispose]();
  });

  const seenFrom = async (side: 'open' | 'bottle', targets: Targets) =>
    await breaches(attempts, { side: arena[side], targets, loot: arena.loot });

  bench.case('every attempt succeeds in the open', async () => {
    const targets = aimAt(attempts, host, arena.open);
    const owner = await attackerOf(bench.rung);
    expect(await attackInTheOpen({ side: arena.open, targets, owner, env: env() })).toBeUndefined();
    expect(Object.keys(await seenFrom('open', targets)).sort()).toEqual(attempts.map(({ id }) => id).sort());
  });

  bench.case(
    'npm works with the proxy variables and without, and no attempt of the agent is seen outside',
    async () => {
      const targets = aimAt(attempts, host, arena.bottle);
      const outcome = await bottle.execWith(targets, ['node', '/work/agent.mjs']);
      const words = wordsOf(outcome, targets);
      await sleep(SETTLE_MS);
      const decisions: AuditLine[] = [];
      for await (const line of readDecisions(auditPathOf(bench, bottle.id))) decisions.push(line);
      const seen = { side: arena.bottle, targets, words, decisions };
      const controls = CONTROLS.map((control) => controlOf(control, seen));
      expect(controls.filter(({ wentThrough }) => !wentThrough)).toEqual([]);
      expect(await seenFrom('bottle', targets)).toEqual({});
    },
  );

  bench.case('no attempt of root in the bottle is seen outside', async () => {
    // Without an engine, root comes in by the network alone, and sees the host's files: those attempts prove nothing.
    const rooted = attempts.filter(({ success, id }) => success === undefined && id !== 'unix-file');
    const targets = aimAt(rooted, host, arena.bottle);
    wordsOf(await runAsRoot(bench, bottle, { script: 'attacks.mjs', value: targets }), targets);
    await sleep(SETTLE_MS);
    expect(await breaches(rooted, { side: arena.bottle, targets, loot: arena.loot })).toEqual({});
  });

  bench.case('no setting of the host’s kernel changes, and root of the host could change it', async () => {
    const before = readFileSync(HARMLESS_PATH, 'utf8').trim();
    const setting = { name: HARMLESS_SETTING, value: String(Number(before) + 1) };
    await bottle.execWith(setting, ['node', '/work/sysctl.mjs']);
    if (traitsOf(bench.rung).hasRoot)
      await runAsRoot(bench, bottle, { script: 'sysctl.mjs', value: setting });
    const after = readFileSync(HARMLESS_PATH, 'utf8').trim();
    writeFileSync(HARMLESS_PATH, setting.value);
    const changed = readFileSync(HARMLESS_PATH, 'utf8').trim();
    writeFileSync(HARMLESS_PATH, before);
    expect({ after, changed }).toEqual({ after: before, changed: setting.value });
  });

  bench.case('another bottle hears nothing, from the agent or from root, and hears itself', async () => {
    const sibling: Sibling = await siblingOf(bench);
    const knocks = sibling.targetsFor(host);
    await bottle.execWith(knocks.byAgent, ['node', '/work/attacks.mjs']);
    await runAsRoot(bench, bottle, { script: 'attacks.mjs', value: knocks.byRoot });
    await sleep(SETTLE_MS);
    const heardOfOthers = sibling.heard();
    await sibling.bottle.execWith(knocks.byItself, ['node', '/work/attacks.mjs']);
    await sleep(SETTLE_MS);
    const heardAtLast = sibling.heard();
    await sibling.bottle.stop();
    expect(heardOfOthers).toEqual([]);
    expect(heardAtLast).not.toEqual([]);
  });
}
