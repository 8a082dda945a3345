import { dockerfileReference } from '../../contracts/host-names.ts';
import { GATEWAY_STREAMS } from '../../contracts/gateway.ts';
import type { BottleSpec, ImageSpec, Mount, PlanStep, RungCheck } from '../driver.ts';
import { defaultImageReference } from '../image/recipe.ts';
import { besideProgram } from '../attached/machine.ts';
import { agentOrder } from './agent.ts';
import { execCall, startCall } from './calls.ts';
import { PROGRAM } from './cli.ts';
import { gatewayOrder } from './gateway.ts';
import { containerName } from './names.ts';
import { GATEWAY_SOCKETS } from './machine-paths.ts';
import { createArguments } from './plan.ts';
import { plannedVersion } from './versions.ts';

/**
 * The steps of a start, in order, for people; they come from the orders that a start executes. Pure, except that they
 * depend on the current user.
 */
export function planSteps(spec: BottleSpec, evidence: RungCheck['evidence']): readonly PlanStep[] {
  const name = containerName(spec.id, 'agent');
  const gateway = gatewayOrder(spec, defaultImageReference(), PLANNED_FILES);
  const agent = agentOrder(spec, {
    image: referenceOf(spec.image),
    denied: ['ADDRESS-OF-THIS-HOST:PORT'],
    isFile: looksLikeFile,
  });
  const call = (...args: readonly string[]): readonly string[] => [PROGRAM, ...args];
  return [
    {
      what: `see that version and service will do (planned for ${plannedVersion(evidence)})`,
      call: call('--version'),
    },
    { what: 'find or make the image', call: call('image', 'inspect', agent.image) },
    {
      what: 'make the gateway’s machine, which has the network that leads out',
      call: call(...createArguments(gateway)),
    },
    readBack(),
    {
      what: `start it, connected: secrets go in, reports come out; wait until it serves, and its ${GATEWAY_STREAMS.length} sockets and that of its control are on the host`,
      call: call(...startCall(gateway.name)),
    },
    { what: 'make the agent’s machine, which has no interface', call: call(...createArguments(agent)) },
    readBack(),
    {
      what: 'start it, connected: its first program opens the gateway’s ports, checks from inside, and says so',
      call: call(...startCall(name)),
    },
    {
      what: `start the agent, whose arguments and variables come as a frame on standard input: ${spec.argv.join(' ')}`,
      call: call(...execCall(name, besideProgram())),
    },
    { what: 'at the end, ask the gateway to end', call: call('stop', '--time', '3', gateway.name) },
    ...(['agent', 'gateway'] as const).map((role) => ({
      what: `at the end, remove the ${role}’s machine`,
      call: call('delete', '--force', containerName(spec.id, role)),
    })),
  ];
}

const readBack = (): PlanStep => ({
  what: 'read back what was applied; refuse on any difference',
  call: [PROGRAM, 'ls', '--all', '--format', 'json'],
});

const PLANNED_FILES = {
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

function referenceOf(image: ImageSpec): string {
  if (image.kind === 'default') return defaultImageReference();
  return image.kind === 'reference' ? image.reference : dockerfileReference(image.hostPath);
}

/**
 * Guesses whether a mount is a file, as nothing exists yet: among a bottle's mounts, the system's certificate stores
 * and the browsers' policies are files.
 */
const looksLikeFile = ({ guestPath }: Mount): boolean =>
  guestPath.startsWith('/etc/ssl/') || guestPath.endsWith('.json');
