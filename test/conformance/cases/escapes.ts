import { expect } from 'vitest';
import { PROBES } from '../../../src/verify/probes/index.ts';
import { USERS, type User } from '../../../src/verify/probes/probe.ts';
import type { VerifyReport } from '../../../src/verify/report.ts';
import type { Scope } from '../scope.ts';
import type { Bench } from '../support/bench.ts';
import { traitsOf } from '../support/rung.ts';

/** Timeout of `verify`. All probes in an emulated machine, beside another file, take seven minutes on a slow host. */
const VERIFY_DEADLINE_MS = 900_000;

/** Fewer held probes than this mean that most were not made. A scope of few families has fewer. */
const LEAST_HELD = 120;
const FEW_FAMILIES = 2;

const idsOf = (records: readonly { readonly id: string }[]): string[] => records.map(({ id }) => id);

/** Valid reasons: a trait of the rung, what this host has, or who runs the test: src/verify/judge/judge.ts. */
const EXPLAINED =
  /trait (rootInside|limits)|boundary (shared-kernel|user-kernel|vm)|with this boundary \(|this host has nothing to try it on: (?!ip4|perl|git|script)|this runtime needs \d+ threads|only root sees|may not look|nothing listens beyond this host: not possible as an ordinary user/;

const UNSEEN = /only root sees|may not look|nothing listens beyond/;

/** Tests attempts to get out, as the agent and as root. Canaries on the host and in another bottle judge them. */
export function escapeCases(bench: Bench, { families }: Scope): void {
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
    const half = Math.ceil(madeBy('agent').length / 2);
    expect(byAgent.length).toBeGreaterThanOrEqual(families.length > FEW_FAMILIES ? LEAST_HELD : half);
    const byRoot = rows.filter(({ user, result }) => user === 'root' && result === 'held');
    expect(byRoot.length > 0).toBe(traitsOf(bench.rung).hasRoot);
  });
}
