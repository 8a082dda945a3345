import { SLOW_MS } from '../attached/client.ts';
import { lstatSync } from 'node:fs';
import { makePrivateDir } from '../../host/files.ts';
import { together } from '../../host/together.ts';
import { ensureImage } from '../attached/image/store.ts';
import { copyPrograms, copyTo, writeTo } from '../attached/machine-files.ts';
import { besideProgram, ETC_FILES, etcContent } from '../attached/machine.ts';
import type { BottleSpec, DriverContext, Mount, PlanStep, PreparedBottle, RungCheck } from '../driver.ts';
import { GATEWAY_STREAMS, type SidecarFiles } from '../../contracts/gateway.ts';
import type { PreparedImage } from '../image/image-engine.ts';
import { defaultImageReference, imageReference } from '../image/recipe.ts';
import { unreachablePlaces } from '../network/unreachable.ts';
import { PLANNED_DENIED, plannedSteps, recordMade, runSteps, type Step, type Steps } from '../step.ts';
import { agentOrder } from './agent.ts';
import { PROGRAM, container, execCall, startCall } from './cli.ts';
import { gatewayOrder, openGateway } from './gateway.ts';
import { IMAGES } from './images.ts';
import { serviceVersionIn } from './json/other.ts';
import { alonePath, GATEWAY_SOCKETS, hostPaths } from './machine-paths.ts';
import { containerName } from './names.ts';
import { createArguments, type ContainerOrder } from './plan.ts';
import { confirmContainer } from './readback.ts';
import { launchAgent, startMachine } from './session.ts';
import { expectVersions, plannedVersion } from './versions.ts';

/**
 * The steps of a start: starts the gateway in a separate machine; then makes the agent's machine, without any
 * interface, with the gateway's sockets. Reads it back before the start, and checks it from inside before any code of
 * the agent runs. Pure, except that they depend on the current user.
 */

/** What orders depend on, besides the spec. */
interface Known {
  readonly image: PreparedImage;
  readonly denied: readonly string[];
  /** Whether a mount of the bottle is a single file. */
  readonly isFile: (mount: Mount) => boolean;
}

interface Planned extends Known {
  /** The version of Apple's `container`. */
  readonly version: string;
}

interface Running extends Known {
  readonly context: DriverContext;
  /** The gateway's image. */
  readonly helperImage: PreparedImage;
}

type MachineStep = Step<Planned, Running>;

function stepsOf(spec: BottleSpec): Steps<Planned, Running> {
  const making = [
    [makeGateway(spec), waitForFiles],
    // After the gateway: by then the bottle's files contain the certificate to trust.
    writeFiles(spec),
    makeAgent(spec),
    startIt(spec),
    startAgent(spec),
  ];
  // The versions before anything is loaded, because the known holes concern loading.
  return [recordMade(making), checkVersions, findImages(spec), ...making];
}

/** What `--dry-run` prints. */
export function planSteps(spec: BottleSpec, evidence: RungCheck['evidence']): readonly PlanStep[] {
  const reference = imageReference(spec.image);
  const planned: Planned = {
    image: { reference, digest: 'DIGEST' },
    denied: PLANNED_DENIED,
    isFile: looksLikeFile,
    version: plannedVersion(evidence),
  };
  const [agent, gateway] = [containerName(spec.id, 'agent'), containerName(spec.id, 'gateway')];
  return [
    ...plannedSteps(stepsOf(spec), planned),
    { what: 'at the end, ask the gateway to end', call: call('stop', '--time', '3', gateway) },
    { what: 'at the end, remove the agent’s machine', call: call('delete', '--force', agent) },
    { what: 'at the end, remove the gateway’s machine', call: call('delete', '--force', gateway) },
  ];
}

/** Implements `prepare` of the driver. @throws BottleError `dependencyMissing`, `manifest`, `rungUnavailable` */
export async function prepareMachine(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle> {
  context.files.catch(() => undefined); // a step awaits it later
  return await runSteps<Running>(stepsOf(spec), { context, denied: unreachablePlaces(), isFile });
}

const call = (...args: readonly string[]): readonly string[] => [PROGRAM, ...args];

const checkVersions: MachineStep = {
  says: ({ version }) => [
    { what: `see that version and service will do (planned for ${version})`, call: call('--version') },
  ],
  does: async ({ context: { signal } }) => {
    const [said, status] = await together([
      container('say its version', ['--version'], { signal }),
      container('say how its service is', ['system', 'status', '--format', 'json'], { signal }),
    ]);
    expectVersions(said, serviceVersionIn(status));
  },
};

const findImages = (spec: BottleSpec): MachineStep => ({
  says: ({ image }) => [{ what: 'find or make the image', call: call('image', 'inspect', image.reference) }],
  does: async ({ context }) => {
    const [image, helperImage] = await together([
      ensureImage(IMAGES, spec.image, context),
      ensureImage(IMAGES, { kind: 'default' }, context),
    ]);
    return {
      image,
      helperImage,
      evidence: {
        networkForm: 'sockets',
        image: `${image.reference} ${image.digest}`,
        limits: 'by the word of Apple’s container: nothing on this host can be asked for them',
      },
    };
  },
});

const READ_BACK: PlanStep = {
  what: 'read back what was applied; refuse on any difference',
  call: call('ls', '--all', '--format', 'json'),
};

function makeGateway(spec: BottleSpec): MachineStep {
  const name = containerName(spec.id, 'gateway');
  return {
    says: () => [
      {
        what: 'make the gateway’s machine, which has the network that leads out',
        call: call(...createArguments(gatewayOrder(spec, defaultImageReference(), PLANNED_FILES))),
      },
      READ_BACK,
      {
        what: `start it, connected: secrets go in, reports come out; wait until it serves, and its ${GATEWAY_STREAMS.length} sockets and that of its control are on the host`,
        call: call(...startCall(name)),
      },
    ],
    does: async ({ helperImage, context }) => await openGateway(spec, helperImage, context),
    makes: [{ kind: 'container', engine: 'apple', name }],
  };
}

const PLANNED_FILES: SidecarFiles = {
  configPath: '/CONFIGURATION',
  input: () => '',
  // Placeholders instead of names: two files, and a folder.
  mounts: [
    { hostPath: 'CONFIGURATION', guestPath: '/CONFIGURATION', readOnly: true },
    { hostPath: 'WHOM-TO-TRUST', guestPath: '/WHOM-TO-TRUST', readOnly: true },
    { hostPath: 'FOLDER-OF-THE-LOG', guestPath: '/run/LOG', readOnly: false },
  ],
  published: [{ hostPath: 'CONTROL', guestPath: `${GATEWAY_SOCKETS}/control.sock` }],
};

const waitForFiles: MachineStep = { does: async ({ context: { files } }) => void (await files) };

/** Copies the programs and the individually mounted files, and writes the bottle's own files. */
const writeFiles = (spec: BottleSpec): MachineStep => ({
  does: async () => {
    const { programDir, socketsDir } = hostPaths(spec.runDir);
    await makePrivateDir(socketsDir);
    await copyPrograms(programDir, ['attached/first.pl']);
    // The host name is the container's name: there is no `--hostname`.
    const content = etcContent(spec, containerName(spec.id, 'agent'));
    for (const name of ETC_FILES) await writeTo(alonePath(spec.runDir, `/etc/${name}`), content[name]);
    for (const mount of spec.mounts.filter((one) => one.isSocket !== true && isFile(one)))
      await copyTo(mount.hostPath, alonePath(spec.runDir, mount.guestPath), 0o644);
  },
});

function makeAgent(spec: BottleSpec): MachineStep {
  const orderFor = ({ image, denied, isFile: decides }: Known): ContainerOrder =>
    agentOrder(spec, { image: image.reference, denied, isFile: decides });
  return {
    says: (planned) => [
      {
        what: 'make the agent’s machine, which has no interface',
        call: call(...createArguments(orderFor(planned))),
      },
      READ_BACK,
    ],
    does: async (running) => {
      const { signal } = running.context;
      const order = orderFor(running);
      await container('make the agent’s machine', createArguments(order), { signal, timeoutMs: SLOW_MS });
      await confirmContainer(order, running.image.digest, signal);
    },
    makes: [{ kind: 'container', engine: 'apple', name: containerName(spec.id, 'agent') }],
  };
}

const startIt = (spec: BottleSpec): MachineStep => ({
  says: () => [
    {
      what: 'start it, connected: its first program opens the gateway’s ports, checks from inside, and says so',
      call: call(...startCall(containerName(spec.id, 'agent'))),
    },
  ],
  does: async ({ context: { progress, signal } }) => {
    progress('starting the machine');
    return { checks: await startMachine(spec, signal) };
  },
});

const startAgent = (spec: BottleSpec): MachineStep => ({
  says: () => [
    {
      what: `start the agent, whose arguments and variables come as a frame on standard input: ${spec.argv.join(' ')}`,
      call: call(...execCall(containerName(spec.id, 'agent'), besideProgram())),
    },
  ],
  does: async () => ({ launch: async (io) => await launchAgent(spec, io) }),
});

/** Whether a mount shows a single file; the file must exist. */
const isFile = ({ hostPath }: Mount): boolean => lstatSync(hostPath).isFile();

/**
 * Guesses whether a mount is a file, as nothing exists yet: among a bottle's mounts, the system's certificate stores
 * and the browsers' policies are files.
 */
const looksLikeFile = ({ guestPath }: Mount): boolean =>
  guestPath.startsWith('/etc/ssl/') || guestPath.endsWith('.json');
