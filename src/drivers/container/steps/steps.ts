import type { BottleSpec, NetworkForm, PlanStep, PreparedBottle } from '../../driver.ts';
import { defaultImageReference, imageReference } from '../../image/recipe.ts';
import { unreachablePlaces } from '../../network/unreachable.ts';
import { madeBy, PLANNED_DENIED, plannedSteps, recordMade, runSteps } from '../../step.ts';
import { innerNetworkName, subnetOf } from '../names.ts';
import type { ContainerEngine } from '../../../contracts/rungs.ts';
import { openGate } from './agent.ts';
import { bridgeSteps } from './bridge.ts';
import { holderSteps } from './holder.ts';
import { joinedSteps } from './joined.ts';
import type { ContainerStep, ContainerSteps, Planned, Running } from './known.ts';
import type { PlannedEngine } from './print.ts';

/** The steps of a start on an engine, as `--dry-run` prints and `prepare` executes them. */

/** The network forms of the engines' containers, and how each closes a bottle. */
const FORMS: Partial<Record<NetworkForm, (spec: BottleSpec, engine: ContainerEngine) => ContainerSteps>> = {
  joined: joinedSteps,
  holder: holderSteps,
  bridge: bridgeSteps,
};

/** All steps of a start. Pure. @throws Error for a form that no rung of an engine offers: a bug */
function stepsOf(spec: BottleSpec, engine: ContainerEngine): ContainerSteps {
  const closing = FORMS[spec.networkForm]?.(spec, engine);
  if (closing === undefined) throw new Error(`no engine closes a bottle in the form ${spec.networkForm}`);
  // A network is recorded just before it is made: removing one needs an image, which an interrupted start may not have.
  const recordContainers = recordMade(closing, ({ kind }) => kind === 'container');
  return [[findImages(spec), recordContainers], ...closing, openGate];
}

/** What `--dry-run` prints. Pure, except that it depends on the current user. */
export function planOf(engine: PlannedEngine, spec: BottleSpec): readonly PlanStep[] {
  const planned = (reference: string) => ({ reference, digest: reference });
  const steps = stepsOf(spec, engine.engine);
  const known: Planned = {
    engine,
    images: {
      agent: planned(imageReference(spec.image)),
      agentVolumes: [],
      agentEnv: {},
      helper: planned(defaultImageReference()),
    },
    denied: PLANNED_DENIED,
    subnet: subnetOf(innerNetworkName(spec.id), 0),
  };
  return [...plannedSteps(steps, known), removal(steps)];
}

/** Executes the steps up to the gate. @throws BottleError `rungUnavailable` when a setting could not be confirmed */
export async function prepareContainers(
  engine: ContainerEngine,
  spec: BottleSpec,
  start: Pick<Running, 'context' | 'find'>,
): Promise<PreparedBottle> {
  return await runSteps<Running>(stepsOf(spec, engine), {
    ...start,
    denied: unreachablePlaces(),
    joinedNetwork: undefined,
  });
}

const findImages = ({ image, networkForm }: BottleSpec): ContainerStep => ({
  says: () => [{ what: 'find or make the image', call: [`GET /images/${imageReference(image)}/json`] }],
  does: async ({ find }) => {
    const { connection, images } = await find();
    const { reference, digest } = images.agent;
    const evidence = { networkForm, runtimeKey: connection.runtimeKey, image: `${reference} ${digest}` };
    return { connection, images, evidence };
  },
});

/** The removal of everything, in about the order of `removeResources`. */
const removal = (steps: ContainerSteps): PlanStep => ({
  what: 'at the end, remove everything made',
  call: madeBy(steps)
    .toReversed()
    .flatMap((made) => ('name' in made ? [`DELETE /${made.kind}s/${made.name}`] : [])),
});
