import { setTimeout as sleep } from 'node:timers/promises';
import { agentOwner } from '../host/user.ts';
import { layOut } from './arena/arena.ts';
import { possibleProbes, viewHost } from './arena/host-view.ts';
import { nonceForEach } from './arena/nonce.ts';
import { aimAt } from './arena/targets.ts';
import { successesAfter } from './after/aftermath.ts';
import { aftermathInTheOpen, openCorner } from './after/open.ts';
import { everydayOf } from './after/plain-git.ts';
import { attackInTheOpen } from './inside/in-the-open.ts';
import { successOf } from './observe.ts';
import { stageOf, type Probe } from './probes/probe.ts';
import type { OpenReport } from './report.ts';

/** The same probes by a plain process of this host: what an agent without a bottle could do. */

const SETTLE_MS = 300;

/** Makes them, and says which got through, and how. */
export async function attackTheOpen(
  probes: readonly Probe[],
  progress: (line: string) => void,
): Promise<OpenReport> {
  progress('making the same attempts in the open');
  const attacker = agentOwner();
  await using arena = await layOut({ attacker, sides: ['open'], programs: ['verify'] });
  const host = await viewHost();
  const side = arena.sides.open;
  // Nothing is left running here, and there is no bottle that could end.
  const meant = possibleProbes(probes, host).filter((probe) => stageOf(probe) !== 'end');
  const attempts = nonceForEach(meant.map(({ id }) => id));
  const corner = await openCorner(side.dir);
  const targets = { ...aimAt({ attempts, controls: {} }, host, side), workDir: corner };
  const env = { BOT_BOTTLE_VERIFY_TOKEN: arena.loot.environment };
  await attackInTheOpen({ side, targets, owner: attacker, env });
  for (const { id } of meant) await everydayOf(id, corner, attacker);
  await sleep(SETTLE_MS);
  const after = await aftermathInTheOpen(corner, host);
  const seen = await Promise.all(
    probes.map(
      async (probe) =>
        [
          probe.id,
          [
            ...(await successOf(probe, { side, targets, loot: arena.loot })),
            ...successesAfter({ probe, user: 'agent', side, nonce: attempts[probe.id] ?? '-' }, after),
          ],
        ] as const,
    ),
  );
  const succeeded = seen.filter(([, ways]) => ways.length > 0);
  const failed = seen.filter(([, ways]) => ways.length === 0).map(([id]) => id);
  return { succeeded: Object.fromEntries(succeeded), failed };
}
