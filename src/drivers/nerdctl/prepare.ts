import { together } from '../../host/together.ts';
import { ensureImage } from '../attached/image/store.ts';
import { besideProgram } from '../attached/machine.ts';
import { openProgram } from '../attached/session.ts';
import type { BottleSpec, DriverContext, LaunchCheck, PreparedBottle } from '../driver.ts';
import { unlessMissing } from '../engine/missing.ts';
import { openByJoining } from '../network/opener.ts';
import { unreachablePlaces } from '../network/unreachable.ts';
import { agentOrder } from './agent.ts';
import { execAttached } from './calls.ts';
import { madeFor, nerdctl, SLOW_MS } from './cli.ts';
import { writeMachineFiles } from './write-machine-files.ts';
import { askImage, IMAGES } from './images.ts';
import { openLink } from './link.ts';
import { startMachine } from './machine.ts';
import { createArguments } from './plan.ts';
import { confirmMachine } from './readback.ts';
import { nerdctlFault, suitedKata } from './versions.ts';

/**
 * Implements `prepare` of the driver: makes a machine without a network, reads it back, starts it, and confirms that it
 * is a machine. Then connects its way out; at the host's end of it, opens the gateway's sockets. Then closes the
 * machine and checks it from inside.
 * @throws BottleError `dependencyMissing`, `manifest`, `rungUnavailable`
 */
export async function prepareMachine(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle> {
  const { signal, files, gateway, record } = context;
  // Any may reject while the machine is made; the code that awaits it handles the error later.
  for (const promise of [files, gateway.listening, gateway.ready, gateway.trusted])
    promise.catch(() => undefined);
  const fault = nerdctlFault(await nerdctl('say its version', ['--version'], { signal }));
  const kata = unlessMissing(fault ?? (await suitedKata()));
  const image = await ensureImage(IMAGES, spec.image, context);
  const { volumes } = await askImage(image.reference, signal);
  const order = agentOrder(spec, { image, runtime: kata.runtime, volumes });
  await record({ kind: 'container', engine: 'nerdctl', name: order.name });
  await record({ kind: 'processes', bottleId: spec.id });
  await together([writeMachineFiles(spec), files, gateway.trusted]);
  await nerdctl('make the machine', createArguments(order), {
    signal,
    timeoutMs: SLOW_MS,
    ...madeFor(spec.id),
  });
  await confirmMachine(order, signal);
  context.progress('starting the machine');
  const machine = await startMachine(order, kata, signal);
  // `start` may change the specification after the first read: pkg/containerutil/containerutil.go, ReconfigPIDContainer
  // and others.
  await confirmMachine(order, signal);
  const link = await openLink(spec, { volumes, denied: unreachablePlaces() }, signal);
  try {
    const outside = await openByJoining(spec, { pid: link.pid }, context);
    const inside = await link.check();
    link.letGo();
    return {
      evidence: {
        networkForm: 'joined',
        runtime: kata.runtime,
        runtimeVersion: kata.version ?? 'not said',
        image: `${image.reference} ${image.digest}`,
        ...machine,
        limits: 'by the word of Kata: nothing on this host can be asked for them',
      },
      checks: [...outside.map(ofTheLink), ...inside],
      launch: async (io) =>
        await openProgram(execAttached(spec.id, order.name, besideProgram()), { kind: 'main', ...spec }, io),
    };
  } catch (error) {
    link.kill();
    throw error;
  }
}

/** Marks the checks at the host's end of the link: the same checks also run in the machine. */
const ofTheLink = ({ id, claim, evidence }: LaunchCheck): LaunchCheck => ({
  id: `link.${id}`,
  claim: `at the end of the machine's way out: ${claim}`,
  evidence,
});
