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
 * `prepare` of the driver: a machine without a network, read back before it starts and seen to be one after; then its way out, at whose end
 * on this host the gateway's sockets are opened; then the machine is closed and checked from inside.
 * @throws BottleError `dependencyMissing`, `manifest`, `rungUnavailable`
 */
export async function prepareMachine(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle> {
  const { signal, files, gateway, record } = context;
  // Any may fail while the machine is made: whoever waits for it hears of it then.
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
  // `start` may write another specification than was read: pkg/containerutil/containerutil.go, ReconfigPIDContainer and its like.
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

/** The same is looked at twice: where the machine's streams come out, and in the machine. */
const ofTheLink = ({ id, claim, evidence }: LaunchCheck): LaunchCheck => ({
  id: `link.${id}`,
  claim: `at the end of the machine's way out: ${claim}`,
  evidence,
});
