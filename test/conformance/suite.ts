import { afterAll, beforeAll, describe } from 'vitest';
import { confinementCases } from './cases/confinement.ts';
import { egressCases } from './cases/egress.ts';
import { escapeCases } from './cases/escapes.ts';
import { failClosedCases } from './cases/fail-closed.ts';
import { hostileCases } from './cases/hostile.ts';
import { lifeCases } from './cases/life.ts';
import { limitCases } from './cases/limits.ts';
import { programCases } from './cases/program.ts';
import { testMode } from '../support/suites/mode.ts';
import { createBench, type Bench } from './support/bench.ts';
import { scopeOf, type FileScopes, type Group, type Scope } from './scope.ts';
import { describeRung, type RungUnderTest } from './support/rung.ts';

/** The one suite for what a bottle is, on any rung. Each rung has a file that calls `conformance`. */

const CASES: Readonly<Record<Group, (bench: Bench, scope: Scope) => void>> = {
  'the agent’s program': programCases,
  confinement: confinementCases,
  limits: limitCases,
  egress: egressCases,
  'hostile requests': hostileCases,
  escapes: escapeCases,
  'fails closed': failClosedCases,
  life: lifeCases,
};

export function conformance(rung: RungUnderTest, scopes: FileScopes = {}): void {
  const { name, ...scope } = scopeOf(scopes, testMode());
  describe(`${describeRung(rung)}: ${name}`, () => {
    const { bench, setUp, tearDown } = createBench(rung);
    beforeAll(setUp);
    afterAll(tearDown);
    for (const group of scope.groups) {
      describe(group, () => {
        CASES[group](bench, scope);
      });
    }
  });
}
