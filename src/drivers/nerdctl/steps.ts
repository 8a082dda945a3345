import { dockerfileReference } from '../../contracts/host-names.ts';
import { dirname } from 'node:path';
import { assetPath } from '../../host/paths.ts';
import { besideProgram } from '../attached/machine.ts';
import type { BottleSpec, ImageSpec, PlanStep, RungCheck } from '../driver.ts';
import { defaultImageReference } from '../image/recipe.ts';
import { INSIDE_CALL } from '../kata/inside.ts';
import { handoverSocket, openerCall } from '../network/opener.ts';
import { agentOrder, linkProgram } from './agent.ts';
import { askCall, execCall, startCall } from './calls.ts';
import { inspectCall, PROGRAM } from './cli.ts';
import { IMAGES } from './images.ts';
import { outsideProgram } from './link.ts';
import { createArguments } from './plan.ts';
import { USUAL_RUNTIME } from './versions.ts';

const PLACES = ['ADDRESS-OF-THIS-HOST:PORT'];

/**
 * The steps of a start, in order, for people; they come from the orders that a start executes. Pure, except that they
 * depend on the current user.
 */
export function planSteps(spec: BottleSpec, evidence: RungCheck['evidence']): readonly PlanStep[] {
  const runtime = evidence['runtime'] ?? USUAL_RUNTIME;
  const agent = agentOrder(spec, {
    image: { reference: referenceOf(spec.image), digest: 'DIGEST' },
    runtime,
    volumes: [],
  });
  const { name } = agent;
  const call = (...args: readonly string[]): readonly string[] => [PROGRAM, ...args];
  return [
    { what: 'see that the version will do, and Kata’s', call: call('--version') },
    { what: 'find or make the image', call: call(...IMAGES.inspectCall(agent.image)) },
    { what: 'make the agent’s machine, which has no interface', call: call(...createArguments(agent)) },
    { what: 'read back what was applied; refuse on any difference', call: call(...inspectCall(name)) },
    { what: 'start it: its first program does nothing', call: call(...startCall(name)) },
    {
      what: 'look for its machine: a process of its shim with a virtual machine of KVM, and inside another kernel and no interface',
      call: ['/proc/PID/cmdline, /proc/PID/fd;', ...call(...askCall(name, INSIDE_CALL))],
    },
    {
      what: 'open its way out: a program in it, whose pipes lead',
      call: call(...execCall(name, linkProgram(spec, { volumes: [], denied: PLACES }))),
    },
    {
      what: 'to one of this host, in a bubblewrap whose network has loopback alone',
      call: ['bwrap', '...', ...outsideProgram(spec)],
    },
    {
      what: 'join that network: open the gateway’s sockets, hand them over and check from there; then have the machine closed and checked from inside',
      call: openerCall({
        programDir: dirname(assetPath('handover/open.pl')),
        socketPath: handoverSocket(spec.runDir),
        address: spec.rung.traits.gatewayAddress,
        network: 'PID',
        denied: PLACES,
      }),
    },
    {
      what: `start the agent, whose arguments and variables come as a frame on standard input: ${spec.argv.join(' ')}`,
      call: call(...execCall(name, besideProgram())),
    },
    { what: 'at the end, remove the machine', call: call('rm', '--force', name) },
  ];
}

function referenceOf(image: ImageSpec): string {
  if (image.kind === 'default') return defaultImageReference();
  return image.kind === 'reference' ? image.reference : dockerfileReference(image.hostPath);
}
