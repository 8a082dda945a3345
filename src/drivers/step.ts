import { together } from '../host/together.ts';
import type { DriverContext, PlanStep, PreparedBottle, Resource } from './driver.ts';

/**
 * A start as a list of steps, which a pure function makes from a bottle's spec: `--dry-run` prints the list, and
 * `prepare` executes it.
 */

/** One step. `Planned`: placeholders for what a start finds out. `Running`: what the steps so far have found out. */
export interface Step<Planned, Running> {
  /** The step's lines of `--dry-run`, if it has any. Pure. */
  readonly says?: (planned: Planned) => readonly PlanStep[];
  /** Executes the step. Returns what later steps and the receipt need. */
  readonly does?: (running: Running) => Promise<Found<Running> | void>;
  /** Resources that the step makes outside the bottle's folder: `Driver.remove` removes them. */
  readonly makes?: readonly Resource[];
  /** Undoes what `Driver.remove` does not know of, when a later step fails. */
  readonly undo?: (running: Running) => void;
}

/** The result of a step. Evidence and checks of all steps are joined, in the order of the list. */
export type Found<Running> = Partial<Running> & Partial<PreparedBottle>;

/** Steps in order. Steps of an inner list run at the same time, so they cannot use what the others find out. */
export type Steps<Planned, Running> = readonly (Step<Planned, Running> | readonly Step<Planned, Running>[])[];

/** The addresses that a bottle must not reach, in the output of `--dry-run`. */
export const PLANNED_DENIED: readonly string[] = ['ADDRESS-OF-THIS-HOST:PORT'];

/** What `--dry-run` prints. Pure. */
export const plannedSteps = <Planned, Running>(
  steps: Steps<Planned, Running>,
  planned: Planned,
): readonly PlanStep[] => steps.flat().flatMap((step) => step.says?.(planned) ?? []);

/** The resources that these steps make. Pure. */
export const madeBy = <Planned, Running>(steps: Steps<Planned, Running>): readonly Resource[] =>
  steps.flat().flatMap(({ makes }) => makes ?? []);

/**
 * The step that records what these steps make, before they make it. `isRecorded`: leaves out what a step records itself.
 */
export const recordMade = <Planned, Running extends { readonly context: Pick<DriverContext, 'record'> }>(
  steps: Steps<Planned, Running>,
  isRecorded = (_made: Resource): boolean => true,
): Step<Planned, Running> => ({
  does: async ({ context }) => {
    await together(madeBy(steps).filter(isRecorded).map(context.record));
  },
});

/**
 * Executes the steps; the last one must find out how to launch the agent. After a failure, undoes the completed steps
 * that can be undone, the last one first, and throws the failure.
 */
export async function runSteps<Running extends object>(
  steps: Steps<never, Running>,
  start: Partial<Running>,
): Promise<PreparedBottle> {
  const known: Found<Running> = { ...start };
  const running = refuseUnknown(known) as Running;
  const done: Step<never, Running>[] = [];
  const [evidence, checks] = [{}, []] as [Record<string, string>, PreparedBottle['checks'][number][]];
  const run = async (step: Step<never, Running>): Promise<Found<Running>> => {
    const found = (await step.does?.(running)) ?? {};
    Object.assign(known, found);
    done.push(step);
    return found;
  };
  try {
    for (const stage of steps)
      for (const found of await together([stage].flat().map(run))) {
        Object.assign(evidence, found.evidence);
        checks.push(...(found.checks ?? []));
      }
    const { launch } = refuseUnknown(known) as PreparedBottle;
    return { evidence, checks, launch };
  } catch (error) {
    for (const step of done.toReversed()) step.undo?.(running);
    throw error;
  }
}

/** Throws when a step uses what no earlier step has found out: a bug in the order of the list. */
const refuseUnknown = <Known extends object>(known: Known): Known =>
  new Proxy(known, {
    get: (target, name) => {
      if (!(name in target))
        throw new Error(`a step uses ${String(name)}, which no earlier step has found out`);
      return target[name as keyof Known];
    },
  });
