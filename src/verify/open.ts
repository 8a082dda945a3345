import { setTimeout as sleep } from 'node:timers/promises';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../errors.ts';
import { agentOwner } from '../host/user.ts';
import { layOut } from './arena/arena.ts';
import { openBeyond } from './arena/beyond/beyond.ts';
import { openCapture } from './arena/listeners/capture.ts';
import { possibleProbes, viewHost, type HostView } from './arena/host-view.ts';
import { nonceForEach } from './arena/nonce.ts';
import { aimAt } from './arena/targets.ts';
import { successesAfter, NO_AFTERMATH, type Aftermath } from './after/aftermath.ts';
import { everydayOf } from './after/plain-git.ts';
import { attackInTheOpen, type OpenRun } from './inside/in-the-open.ts';
import { openSibling } from './inside/open-sibling.ts';
import { successOf } from './judge/observe.ts';
import { watchHostProcesses } from './processes/host-processes.ts';
import { viewWholeProcess } from './processes/process-view.ts';
import { stageOf, type Probe } from './probes/probe.ts';
import type { OpenReport } from './report.ts';
import { run } from '../host/run.ts';
import { findAll } from './after/found.ts';
import { makeCorner } from './after/project.ts';

/** Runs the same probes as a plain process of this host, to show what an agent without a bottle could do. */

const SETTLE_MS = 300;

/** An aborted run does not show what would have got through. */
async function attackOrThrow(run: OpenRun & { readonly signal: AbortSignal }): Promise<void> {
  const failure = await attackInTheOpen(run);
  run.signal.throwIfAborted();
  if (failure === undefined) return;
  throw new BottleError('verifyFailed', 'the attempts in the open did not come to their end', {
    details: [failure],
    fix: 'try again when this host has less to do, or leave out --open',
  });
}

/**
 * Runs the probes in the open, and returns which got through, and how.
 * @throws BottleError `verifyFailed` when they did not finish; the signal's reason
 */
export async function attackTheOpen(
  probes: readonly Probe[],
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<OpenReport> {
  progress('making the same attempts in the open');
  const attacker = agentOwner();
  await using capture = await openCapture();
  await using beyond = await openBeyond();
  await using arena = await layOut({ attacker, sides: ['open'], programs: ['verify'], capture, beyond });
  const host = await viewHost(beyond);
  const side = arena.sides.open;
  const notMade = Object.fromEntries(
    probes.flatMap((probe) => {
      const reason = whyNotInTheOpen(probe, host);
      return reason === undefined ? [] : [[probe.id, reason] as const];
    }),
  );
  const made = probes.filter(({ id }) => !(id in notMade));
  const nonces = { attempts: nonceForEach(made.map(({ id }) => id)), controls: {} };
  const corner = await openCorner(side.dir);
  await using sibling = await openSibling(attacker, side.programDir, arena.loot.sibling);
  const targets = { ...aimAt(nonces, host, side), workDir: corner, sibling: sibling.targets };
  using processes = watchHostProcesses({
    probes: made,
    nonces,
    bottle: viewWholeProcess(process.pid),
    bystanderPid: targets.bystanderPid,
  });
  await attackOrThrow({ side, targets, owner: attacker, signal, ...arena.launcher });
  for (const { id } of made) await everydayOf(id, corner, attacker);
  await sleep(SETTLE_MS);
  await capture.settle();
  await beyond.settle();
  const after = await aftermathInTheOpen(corner, host);
  const seen = await Promise.all(
    made.map(
      async (probe) =>
        [
          probe.id,
          [
            ...(await successOf(probe, {
              side,
              targets,
              processes,
              sibling,
              loot: arena.loot,
              beside: made,
            })),
            ...successesAfter({ probe, user: 'agent', side, nonce: nonces.attempts[probe.id] ?? '-' }, after),
          ],
        ] as const,
    ),
  );
  const succeeded = seen.filter(([, ways]) => ways.length > 0);
  const ids = succeeded.map(([id]) => id);
  const failed = probes.map(({ id }) => id).filter((id) => !ids.includes(id));
  return { succeeded: Object.fromEntries(succeeded), failed, notMade };
}

/** Returns why a probe is not made here: it cannot succeed, or needs the end of a bottle; undefined if it is made. */
function whyNotInTheOpen(probe: Probe, host: HostView): string | undefined {
  if (probe.closedInTheOpen !== undefined) return probe.closedInTheOpen;
  if (stageOf(probe) === 'end') return 'it is about the end of a bottle, and there is none';
  if (possibleProbes([probe], host).length === 0) return `this host has nothing to try it on: ${probe.needs}`;
  return undefined;
}

/** Creates a project that an agent without a bottle may write to. */
async function openCorner(sideDir: string): Promise<string> {
  const corner = join(sideDir, 'project');
  await mkdir(corner);
  await makeCorner(corner);
  return corner;
}

/** Returns what the work leaves: it writes directly to the project, and prints on the terminal. */
async function aftermathInTheOpen(corner: string, host: HostView): Promise<Aftermath> {
  const command = 'cat terminal/* terminal-diff/*; ls --literal --show-control-chars terminal-diff';
  const shown = host.hasScript
    ? await run('script', ['-qefc', command, '/dev/null'], { cwd: corner })
    : undefined;
  return { ...NO_AFTERMATH, project: findAll(corner), screen: shown?.stdout ?? '' };
}
