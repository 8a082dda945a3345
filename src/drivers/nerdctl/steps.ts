import { SLOW_MS } from '../attached/client.ts';
import { dirname } from 'node:path';
import { assetPath } from '../../host/paths.ts';
import { together } from '../../host/together.ts';
import { ensureImage } from '../attached/image/store.ts';
import { besideProgram } from '../attached/machine.ts';
import { openProgram } from '../attached/session.ts';
import type {
  BottleSpec,
  DriverContext,
  LaunchCheck,
  PlanStep,
  PreparedBottle,
  RungCheck,
} from '../driver.ts';
import { unlessMissing } from '../engine/missing.ts';
import type { PreparedImage } from '../image/image-engine.ts';
import { imageReference } from '../image/recipe.ts';
import { INSIDE_CALL } from '../kata/inside.ts';
import { handoverSocket, openByJoining, openerCall } from '../network/opener.ts';
import { unreachablePlaces } from '../network/unreachable.ts';
import { PLANNED_DENIED, plannedSteps, recordMade, runSteps, type Step, type Steps } from '../step.ts';
import { agentOrder, linkProgram } from './agent.ts';
import { PROGRAM, askCall, execAttached, execCall, inspectCall, madeFor, nerdctl, startCall } from './cli.ts';
import { askImage, IMAGES } from './images.ts';
import { openLink, outsideProgram, type Link } from './link.ts';
import { startMachine } from './machine.ts';
import { containerName } from './names.ts';
import { createArguments } from './plan.ts';
import { confirmMachine } from './readback.ts';
import { nerdctlFault, suitedKata, USUAL_RUNTIME, type Kata } from './versions.ts';
import { writeMachineFiles } from './write-machine-files.ts';

/**
 * The steps of a start: makes a machine without a network, reads it back, starts it, and confirms that it is a machine.
 * Then connects its way out; at the host's end of it, opens the gateway's sockets. Then closes the machine and checks
 * it from inside. Pure, except that they depend on the current user.
 */

/** What orders depend on, besides the spec. */
interface Known {
  readonly image: PreparedImage;
  readonly runtime: string;
  /** Paths where the image declares volumes. */
  readonly volumes: readonly string[];
  /** Addresses that must be unreachable, `ADDRESS:PORT`. */
  readonly denied: readonly string[];
}

interface Running extends Known {
  readonly context: DriverContext;
  readonly kata: Kata;
  readonly link: Link;
}

type MachineStep = Step<Known, Running>;

function stepsOf(spec: BottleSpec): Steps<Known, Running> {
  const making = [
    makeMachine(spec),
    readBack(spec),
    startIt(spec),
    // The start may change the specification: pkg/containerutil/containerutil.go, ReconfigPIDContainer and others.
    readBack(spec),
    connect(spec),
    join(spec),
    startAgent(spec),
  ];
  return [checkVersions, findImage(spec), recordMade(making), ...making];
}

/** What `--dry-run` prints. */
export function planSteps(spec: BottleSpec, evidence: RungCheck['evidence']): readonly PlanStep[] {
  const planned: Known = {
    image: { reference: imageReference(spec.image), digest: 'DIGEST' },
    runtime: evidence['runtime'] ?? USUAL_RUNTIME,
    volumes: [],
    denied: PLANNED_DENIED,
  };
  const removal = { what: 'at the end, remove the machine', call: call('rm', '--force', nameOf(spec)) };
  return [...plannedSteps(stepsOf(spec), planned), removal];
}

/** Implements `prepare` of the driver. @throws BottleError `dependencyMissing`, `manifest`, `rungUnavailable` */
export async function prepareMachine(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle> {
  const { files, gateway } = context;
  // Any may reject while the machine is made; the code that awaits it handles the error later.
  for (const promise of [files, gateway.listening, gateway.ready, gateway.trusted])
    promise.catch(() => undefined);
  return await runSteps<Running>(stepsOf(spec), { context, denied: unreachablePlaces() });
}

const call = (...args: readonly string[]): readonly string[] => [PROGRAM, ...args];

const nameOf = ({ id }: BottleSpec): string => containerName(id, 'agent');

const checkVersions: MachineStep = {
  says: () => [{ what: 'see that the version will do, and Kata’s', call: call('--version') }],
  does: async ({ context: { signal } }) => {
    const fault = nerdctlFault(await nerdctl('say its version', ['--version'], { signal }));
    const kata = unlessMissing(fault ?? (await suitedKata()));
    const { runtime, version } = kata;
    const evidence = { networkForm: 'joined', runtime, runtimeVersion: version ?? 'not said' };
    return { kata, runtime, evidence };
  },
};

const findImage = (spec: BottleSpec): MachineStep => ({
  says: ({ image }) => [
    { what: 'find or make the image', call: call(...IMAGES.inspectCall(image.reference)) },
  ],
  does: async ({ context }) => {
    const image = await ensureImage(IMAGES, spec.image, context);
    const { volumes } = await askImage(image.reference, context.signal);
    return { image, volumes, evidence: { image: `${image.reference} ${image.digest}` } };
  },
});

const makeMachine = (spec: BottleSpec): MachineStep => ({
  says: (planned) => [
    {
      what: 'make the agent’s machine, which has no interface',
      call: call(...createArguments(agentOrder(spec, planned))),
    },
  ],
  does: async (running) => {
    const { files, gateway, signal } = running.context;
    await together([writeMachineFiles(spec), files, gateway.trusted]);
    const options = { signal, timeoutMs: SLOW_MS, ...madeFor(spec.id) };
    await nerdctl('make the machine', createArguments(agentOrder(spec, running)), options);
  },
  makes: [
    { kind: 'container', engine: 'nerdctl', name: nameOf(spec) },
    { kind: 'processes', bottleId: spec.id },
  ],
});

const readBack = (spec: BottleSpec): MachineStep => ({
  says: () => [
    {
      what: 'read back what was applied; refuse on any difference',
      call: call(...inspectCall(nameOf(spec))),
    },
  ],
  does: async (running) => await confirmMachine(agentOrder(spec, running), running.context.signal),
});

const startIt = (spec: BottleSpec): MachineStep => ({
  says: () => [
    { what: 'start it: its first program does nothing', call: call(...startCall(nameOf(spec))) },
    {
      what: 'look for its machine: a process of its shim with a virtual machine of KVM, and inside another kernel and no interface',
      call: ['/proc/PID/cmdline, /proc/PID/fd;', ...call(...askCall(nameOf(spec), INSIDE_CALL))],
    },
  ],
  does: async ({ context: { progress, signal }, kata }) => {
    progress('starting the machine');
    const machine = await startMachine({ name: nameOf(spec), bottleId: spec.id }, kata, signal);
    const limits = 'by the word of Kata: nothing on this host can be asked for them';
    return { evidence: { ...machine, limits } };
  },
});

const connect = (spec: BottleSpec): MachineStep => ({
  says: (planned) => [
    {
      what: 'open its way out: a program in it, whose pipes lead',
      call: call(...execCall(nameOf(spec), linkProgram(spec, planned))),
    },
    {
      what: 'to one of this host, in a bubblewrap whose network has loopback alone',
      call: ['bwrap', '...', ...outsideProgram(spec)],
    },
  ],
  does: async ({ volumes, denied, context }) => ({
    link: await openLink(spec, { volumes, denied }, context.signal),
  }),
  undo: ({ link }) => link.kill(),
});

const join = (spec: BottleSpec): MachineStep => ({
  says: ({ denied }) => [
    {
      what: 'join that network: open the gateway’s sockets, hand them over and check from there; then have the machine closed and checked from inside',
      call: openerCall({
        programDir: dirname(assetPath('handover/open.pl')),
        socketPath: handoverSocket(spec.runDir),
        address: spec.rung.traits.gatewayAddress,
        network: 'PID',
        denied,
      }),
    },
  ],
  does: async ({ link, context }) => {
    const outside = await openByJoining(spec, { pid: link.pid }, context);
    const inside = await link.check();
    link.letGo();
    return { checks: [...outside.map(ofTheLink), ...inside] };
  },
});

/** Marks the checks at the host's end of the link: the same checks also run in the machine. */
const ofTheLink = ({ id, claim, evidence }: LaunchCheck): LaunchCheck => ({
  id: `link.${id}`,
  claim: `at the end of the machine's way out: ${claim}`,
  evidence,
});

const startAgent = (spec: BottleSpec): MachineStep => ({
  says: () => [
    {
      what: `start the agent, whose arguments and variables come as a frame on standard input: ${spec.argv.join(' ')}`,
      call: call(...execCall(nameOf(spec), besideProgram())),
    },
  ],
  does: async () => ({
    launch: async (io) =>
      await openProgram(execAttached(spec.id, nameOf(spec), besideProgram()), { kind: 'main', ...spec }, io),
  }),
});
