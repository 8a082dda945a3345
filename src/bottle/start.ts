import { deadline } from '../host/deadline.ts';
import {
  BOUNDARIES,
  type Boundary,
  type EngineName,
  type NetworkForm,
  type PlanStep,
  type RungCheck,
  type RuntimeName,
  type Traits,
} from '../drivers/driver.ts';
import { driverOf } from '../drivers/index.ts';
import { BottleError, type ErrorCode } from '../errors.ts';
import { forbidCoreDumps } from '../host/process/core-dumps.ts';
import { together } from '../host/together.ts';
import { isRoot } from '../host/user.ts';
import type { ResolvedAgent } from '../manifest/resolve.ts';
import { composeRequest, type StartWishes } from './compose.ts';
import { collectGarbage } from './teardown/gc.ts';
import { trustPlaces } from './trust/guest-trust.ts';
import { Interrupt } from './session/interrupt.ts';
import { allRungs, forgetCheck, keptAnswer, likelyRung, checkRungsFor } from './rungs/rung-checks.ts';
import { type BottleRequest, assembleSpec } from './request.ts';
import { runBottle, type RunFrontend, type RunResult } from './session/run.ts';
import { isMeant, selectNetworkForm, selectRung, type RungRequest, noRung } from './rungs/select.ts';
import { bottlePaths } from './state/store.ts';
import { planWorkspace } from './workspace.ts';

/** Flags that choose the rung. They can raise the manifest's minimum boundary, never lower it. */
export interface RungFlags {
  readonly runtime: RuntimeName | 'auto' | undefined;
  readonly minBoundary: Boundary | undefined;
  readonly networkForm: NetworkForm | undefined;
  readonly engine: EngineName | undefined;
}

/** Combines the flags and the manifest; takes the stricter minimum boundary. Pure. */
function rungRequest(resolved: ResolvedAgent, flags: RungFlags): RungRequest {
  const floors = [resolved.minBoundary, flags.minBoundary ?? 'shared-kernel'].map((name) =>
    BOUNDARIES.indexOf(name),
  );
  return {
    runtime: flags.runtime ?? resolved.runtime,
    engine: flags.engine,
    minBoundary: BOUNDARIES[Math.max(...floors)] ?? 'vm',
  };
}

/** Contacts the engine that this start will most likely use, while the manifest is being read. */
export async function greetEngine(runtime: RuntimeName | 'auto' = 'auto'): Promise<void> {
  const rung = await likelyRung(runtime);
  if (rung !== undefined) driverOf(rung).greet(rung);
}

/**
 * Starts an agent and waits until it ends or the user detaches.
 * @throws BottleError if the start fails; nothing is left of the bottle then, unless its agent has already run
 */
export async function startAgent(
  resolved: ResolvedAgent,
  wishes: StartWishes & RungFlags,
  frontend: RunFrontend,
): Promise<RunResult> {
  using interrupt = new Interrupt();
  let collected: ReturnType<typeof collectGarbage> | undefined;
  const collect = async (): ReturnType<typeof collectGarbage> => await (collected ??= collectGarbage());
  const agentStarts = (id: string): void => {
    frontend.agentStarts(id);
    setTimeout(() => void collect().catch(() => undefined), COLLECT_AFTER_MS).unref(); // the finally block below reports its result
  };
  try {
    return await chooseAndRun(resolved, wishes, { frontend: { ...frontend, agentStarts }, interrupt });
  } catch (error) {
    if (interrupt.exitCode === undefined) throw error;
    return { kind: 'interrupted', exitCode: interrupt.exitCode };
  } finally {
    // Collected while the agent runs, not before: leftovers of a crash do not hinder a start.
    for (const line of (await collect()).failed) {
      frontend.note(`left by an earlier crash, not removable yet: ${line}`);
    }
  }
}

async function chooseAndRun(
  resolved: ResolvedAgent,
  wishes: StartWishes & RungFlags,
  { frontend, interrupt }: { readonly frontend: RunFrontend; readonly interrupt: Interrupt },
): Promise<RunResult> {
  frontend.progress('choosing the isolation');
  const asked = rungRequest(resolved, wishes);
  const checking = checkRungsFor(asked, deadline(CHECK_DEADLINE_MS, interrupt.signal));
  // Before composeRequest reads secrets: a core dump could contain them.
  const [checks] = await together([checking, forbidCoreDumps()]);
  const choice = selectRung(asked, checks);
  const { rung } = choice.check;
  const networkForm = selectNetworkForm(rung, wishes.networkForm, launcherOf(resolved));
  if (asked.runtime === 'auto') frontend.note(choice.why);
  const weaker = WEAKER_LIMITS[rung.traits.limits];
  if (weaker !== undefined) frontend.note(weaker);
  if (wishes.tty && !rung.traits.canDetach)
    frontend.note('this rung does not support detach: the agent ends with the process that started it');
  const run = async (request: BottleRequest, seenBy: RunFrontend) =>
    await runBottle(request, seenBy, interrupt);
  const context = { check: choice.check, networkForm, frontend, install: run };
  const request = await composeRequest(resolved, wishes, context);
  try {
    return await run(request, frontend);
  } catch (error) {
    if (error instanceof BottleError && TELLS_OF_RUNG.has(error.code)) await forgetCheck(rung);
    throw error;
  }
}

const launcherOf = ({ gateway }: ResolvedAgent) => ({
  isRoot: isRoot(),
  needsSidecar: gateway.engine === 'bot-bottle' ? undefined : gateway.engine,
});

/** Error codes that suggest that the rung has changed since its last check. */
const TELLS_OF_RUNG: ReadonlySet<ErrorCode> = new Set(['rungUnavailable', 'dependencyMissing']);

/** Delay before collecting garbage, so that the agent starts first. */
const COLLECT_AFTER_MS = 1_000;

/** Warnings, shown before the start, about limits that a rung enforces in a weaker form. */
const WEAKER_LIMITS: Readonly<Record<Traits['limits'], string | undefined>> = {
  cgroup: undefined,
  machine: undefined,
  rlimit:
    'resources.memory is per process on this rung, not in sum; an engine’s rungs limit the whole bottle',
};

const CHECK_DEADLINE_MS = 120_000;

/**
 * The steps of a start, for any rung, including one that this host cannot run. Creates nothing and asks nothing; shows an agent
 * that is not installed yet as installed.
 */
export async function planAgent(
  resolved: ResolvedAgent,
  wishes: StartWishes & RungFlags,
  frontend: RunFrontend,
): Promise<readonly PlanStep[]> {
  const check = await plannedCheck(rungRequest(resolved, wishes));
  const networkForm = selectNetworkForm(check.rung, wishes.networkForm, launcherOf(resolved));
  const request = await composeRequest(resolved, wishes, {
    check,
    networkForm,
    frontend,
    install: undefined,
  });
  return driverOf(check.rung).plan(planSpec(request), check.evidence);
}

async function plannedCheck(request: RungRequest): Promise<RungCheck> {
  if (request.runtime === 'auto')
    return selectRung(request, await checkRungsFor(request, deadline(CHECK_DEADLINE_MS))).check;
  const rungs = allRungs().filter((rung) => isMeant(request, rung));
  const [rung] = rungs;
  if (rung === undefined) throw noRung(request, allRungs());
  const known = (await Promise.all(rungs.map(keptAnswer))).find((check) => check?.status === 'ready');
  return known ?? { rung, status: 'absent', reason: 'not looked at: only planned', fix: '', evidence: {} };
}

function planSpec(request: BottleRequest) {
  const paths = bottlePaths(`${request.agent}-dryrun`);
  const workspace = planWorkspace(request.workspace, paths);
  return assembleSpec(request, {
    id: `${request.agent}-dryrun`,
    runDir: paths.runDir,
    workspace,
    term: undefined,
    trustPlaces: trustPlaces(request.check.rung.traits),
  });
}
