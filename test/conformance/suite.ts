import { afterAll, beforeAll, describe } from 'vitest';
import { confinementCases } from './cases/confinement.ts';
import { egressCases } from './cases/egress.ts';
import { escapeCases } from './cases/escapes.ts';
import { failClosedCases } from './cases/fail-closed.ts';
import { hostileCases } from './cases/hostile.ts';
import { lifeCases } from './cases/life.ts';
import { limitCases } from './cases/limits.ts';
import { programCases } from './cases/program.ts';
import { createBench, type Bench } from './support/bench.ts';
import { describeRung, type RungUnderTest } from './support/rung.ts';

/** The one suite: what a bottle is, whatever it runs on. Each rung has a file that calls this. */

const GROUPS: Readonly<Record<string, (bench: Bench) => void>> = {
  'the agent’s program': programCases,
  confinement: confinementCases,
  limits: limitCases,
  egress: egressCases,
  'hostile requests': hostileCases,
  escapes: escapeCases,
  'fails closed': failClosedCases,
  life: lifeCases,
};

/** Only what depends on how the network is closed, for the second network form of a rung whose first form has it all. */
export const NETWORK_GROUPS = ['egress', 'hostile requests', 'escapes', 'fails closed', 'life'] as const;

export function conformance(rung: RungUnderTest, groups: readonly string[] = Object.keys(GROUPS)): void {
  describe(describeRung(rung), () => {
    const { bench, setUp, tearDown } = createBench(rung);
    beforeAll(setUp);
    afterAll(tearDown);
    for (const name of groups) describe(name, () => GROUPS[name]?.(bench));
  });
}
