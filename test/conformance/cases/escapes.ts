import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { layOut, type Arena, type Side } from '../../../src/verify/arena/arena.ts';
import { ATTEMPTS, CONTROLS } from '../../../src/demo/attempts.ts';
import { PROBES } from '../../../src/verify/probes/index.ts';
import { USERS, type Probe, type User } from '../../../src/verify/probes/probe.ts';
import type { VerifyReport } from '../../../src/verify/report.ts';
import { nonceForEach } from '../../../src/verify/arena/nonce.ts';
import { possibleProbes, viewHost, type HostView } from '../../../src/verify/arena/host-view.ts';
import { readDecisions } from '../../../src/bottle/log/logs.ts';
import type { AuditLine } from '../../../src/gateway/config.ts';
import { arenaManifest } from '../../../src/verify/arena/manifest.ts';
import { controlOf } from '../../../src/demo/observe.ts';
import { aimAt, type Targets } from '../../../src/verify/arena/targets.ts';
import type { Scope } from '../scope.ts';
import { runAsRoot } from '../support/as-root.ts';
import { attackerOf, wordsOf } from '../support/attacks.ts';
import type { Bench } from '../support/bench.ts';
import type { LiveBottle } from '../support/live.ts';
import { traitsOf } from '../support/rung.ts';
import { auditPathOf } from '../support/state.ts';
import { takeTurn } from '../../support/turn.ts';
import { siblingOf, type Sibling } from '../support/sibling.ts';

/** Time for the last datagrams to arrive, in milliseconds. */
const SETTLE_MS = 500;
/** Timeout of `verify`. All probes in an emulated machine, beside another file, take seven minutes on a slow host. */
const VERIFY_DEADLINE_MS = 900_000;
/** A burst limit of kernel messages: no program owns it, and nothing depends on it. */
const HARMLESS_SETTING = 'kernel/printk_ratelimit_burst';
const HARMLESS_PATH = `/proc/sys/${HARMLESS_SETTING}`;

const idsOf = (records: readonly { readonly id: string }[]): string[] => records.map(({ id }) => id);

const aim = (probes: readonly Probe[], host: HostView, side: Side): Targets =>
  aimAt({ attempts: nonceForEach(idsOf(probes)), controls: nonceForEach(idsOf(CONTROLS)) }, host, side);

/** Valid reasons: a trait of the rung, what this host has, or who runs the test: src/verify/judge/judge.ts. */
const EXPLAINED =
  /trait (rootInside|limits)|boundary (shared-kernel|user-kernel|vm)|of this boundary|this host has nothing to try it on: (?!ip4|perl|git|script)|this runtime needs \d+ threads|only root sees|may not look|nobody listens beyond this host: not possible as an ordinary user/;

const UNSEEN = /only root sees|may not look|nobody listens beyond/;

/** Tests attempts to get out, as the agent and as root. Canaries on the host and in another bottle judge them. */
export function escapeCases(bench: Bench, { families }: Scope): void {
  let arena: Arena<'bottle'>;
  let bottle: LiveBottle;
  let host: HostView;
  let attempts: readonly Probe[];
  const env = (): Readonly<Record<string, string>> => arena.launcher.env;

  beforeAll(async () => {
    const attacker = await attackerOf(bench.rung);
    arena = await layOut({ attacker, sides: ['bottle'], programs: ['verify'] });
    const { ip4, ownName } = await viewHost();
    const place = {
      agent: 'x',
      ports: [arena.sides.bottle.canary.port],
      lenderPorts: [],
      address: ip4[0] ?? '127.0.0.1',
      ownName,
    };
    const { bottles } = JSON.parse(arenaManifest({ ...place, presets: ['npm'] })) as {
      bottles: { arena: { egress: { allow: Record<string, unknown>[] } } };
    };
    const manifest = { allow: bottles.arena.egress.allow };
    bottle = await bench.live('attacker', ['sh', '-c', 'echo ready; cat'], { manifest, env: env() });
    // A second look: the bottle may have added a bridge with addresses of the host.
    host = await viewHost();
    attempts = possibleProbes(ATTEMPTS, host);
  });
  afterAll(async () => {
    await bottle.stop();
    await arena[Symbol.asyncDispose]();
  });

  bench.case('no probe gets out, made by the agent or by root, and every control goes through', async () => {
    const { runtime, networkForm, engine } = bench.rung;
    const which = ['--runtime', runtime, '--engine', engine, '--network-form', networkForm];
    const what = families.flatMap((family) => ['--family', family]);
    const { code, stdout, stderr } = await bench.program.run(['verify', ...which, ...what, '--json'], {
      timeoutMs: VERIFY_DEADLINE_MS,
    });
    expect(stdout, stderr).not.toBe('');
    const { rungs } = JSON.parse(stdout) as VerifyReport;
    const rows = rungs.flatMap(({ probes }) => probes);
    const bad = rows
      .filter(({ result }) => result === 'breached' || result === 'unproven')
      .map(({ id, user, result, evidence }) => `${id} as ${user}: ${result}: ${evidence}`);
    expect(bad, bad.join('; ')).toEqual([]);
    expect({ code, failure: rungs[0]?.failure, stderr }).toMatchObject({ code: 0, failure: undefined });
    const unexplained = rows.filter(
      ({ result, evidence }) => result === 'notApplicable' && !EXPLAINED.test(evidence),
    );
    expect(unexplained).toEqual([]);
    // Root can inspect everything, so a root run must leave nothing uninspected.
    const unseen = bench.rung.user === 'root' ? rows.filter(({ evidence }) => UNSEEN.test(evidence)) : [];
    expect(unseen).toEqual([]);
    const madeBy = (by: User) => rows.filter(({ user }) => user === by).map(({ id }) => id);
    for (const user of USERS) {
      const meant = PROBES.filter(
        ({ users = USERS, family }) => users.includes(user) && families.includes(family),
      );
      expect(madeBy(user).sort()).toEqual(idsOf(meant).sort());
    }
    const byAgent = rows.filter(({ user, result }) => user === 'agent' && result === 'held');
    expect(byAgent.length).toBeGreaterThanOrEqual(120);
    const byRoot = rows.filter(({ user, result }) => user === 'root' && result === 'held');
    expect(byRoot.length > 0).toBe(traitsOf(bench.rung).hasRoot);
  });

  bench.case('npm works with the proxy variables and without, before and after the attempts', async () => {
    const targets = aim(attempts, host, arena.sides.bottle);
    const outcome = await bottle.execWith(targets, ['node', '/work/agent.mjs']);
    const words = wordsOf(outcome, targets);
    await sleep(SETTLE_MS);
    const decisions: AuditLine[] = [];
    for await (const line of readDecisions(auditPathOf(bench, bottle.id))) decisions.push(line);
    const seen = { side: arena.sides.bottle, targets, words, decisions };
    const controls = CONTROLS.map((control) => controlOf(control, seen));
    expect(controls.filter(({ wentThrough }) => !wentThrough)).toEqual([]);
  });

  bench.case('no setting of the host’s kernel changes, and root of the host could change it', async () => {
    await using _turn = await takeTurn('settings of the kernel');
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
    await bottle.execWith(knocks.byAgent, ['node', '/work/attacks.cjs']);
    await runAsRoot(bench, bottle, { script: 'attacks.cjs', value: knocks.byRoot });
    await sleep(SETTLE_MS);
    const heardOfOthers = sibling.heard();
    await sibling.bottle.execWith(knocks.byItself, ['node', '/work/attacks.cjs']);
    await sleep(SETTLE_MS);
    const heardAtLast = sibling.heard();
    await sibling.bottle.stop();
    expect(heardOfOthers).toEqual([]);
    expect(heardAtLast).not.toEqual([]);
  });
}
