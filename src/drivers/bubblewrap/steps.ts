import type { BottleSpec, PlanStep } from '../driver.ts';
import { handoverSocket, openerCall } from '../network/opener.ts';
import { EMPTY_FOLDER } from '../sandbox/overlays.ts';
import { sessionCall } from '../sandbox/program.ts';
import { planStart, type PlanContext, type StartPlan } from './plan.ts';

/** The steps of a bottle's start, in order, with their commands. Pure. */

/** The steps, for people. */
export function planSteps(spec: BottleSpec, context: PlanContext): readonly PlanStep[] {
  const { assetPath, facts } = context;
  const start = planStart(spec, context);
  return [
    {
      what: 'make the namespaces, with nothing in the network but loopback, and wait there',
      call: [start.program, ...start.args],
    },
    {
      what: 'show the folders of the host through overlays, which carry no socket and no FIFO',
      call: ['perl', assetPath('handover/overlays.pl'), 'PID', EMPTY_FOLDER, ...start.overlaid],
    },
    {
      what: 'bound how many files its own folders may have',
      call: ['perl', assetPath('handover/files.pl'), 'PID', ...boundsOf(start)],
    },
    {
      what: 'read back what the kernel applied, and refuse on any difference',
      call: ['read', '/proc/PID/{status,limits,mountinfo,uid_map,gid_map,net,ns,fd}'],
    },
    {
      what: "open the gateway's sockets in the bottle's network, hand them over, and check from inside",
      call: openerCall({
        programDir: assetPath('handover'),
        socketPath: handoverSocket(spec.runDir),
        address: spec.rung.traits.gatewayAddress,
        network: 'PID',
        denied: [],
      }),
    },
    {
      what: `start the agent: ${spec.argv.join(' ')}`,
      call: sessionCall(spec.runDir, { assetPath, owner: facts.owner, attachable: true }),
    },
  ];
}

const boundsOf = ({ mostFiles }: StartPlan): readonly string[] =>
  Object.entries(mostFiles).map(([guestPath, most]) => `${guestPath}=${most}`);
