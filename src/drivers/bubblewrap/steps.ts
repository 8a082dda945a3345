import { basename } from 'node:path';
import { GUEST, type BottleSpec, type Owner, type PlanStep } from '../driver.ts';
import { planStart, runFiles, type PlanContext } from './plan.ts';

/** What is done to start a bottle, in order, and the commands besides the first. Pure. */

/** For people. */
export function planSteps(spec: BottleSpec, context: PlanContext): readonly PlanStep[] {
  const { assetPath, facts } = context;
  const start = planStart(spec, context);
  const socketPath = runFiles(spec.runDir).handover;
  return [
    {
      what: 'make the namespaces, with nothing in the network but loopback, and wait there',
      call: [start.program, ...start.args],
    },
    {
      what: 'read back what the kernel applied, and refuse on any difference',
      call: ['read', '/proc/PID/{status,limits,mountinfo,uid_map,gid_map,net,ns,fd}'],
    },
    {
      what: "open the gateway's sockets in the bottle's network, hand them over, and check from inside",
      call: openerCall({ assetPath, socketPath, pid: 'PID', denied: [] }),
    },
    {
      what: `start the agent: ${spec.argv.join(' ')}`,
      call: sessionCall(spec.runDir, { assetPath, owner: facts.owner, attachable: true }),
    },
  ];
}

export interface Opener extends Pick<PlanContext, 'assetPath'> {
  readonly socketPath: string;
  /** Of the bottle's first program. */
  readonly pid: string;
  /** What must not be reached, `ADDRESS:PORT`. */
  readonly denied: readonly string[];
}

/** The command that opens the gateway's sockets inside. */
export function openerCall({ assetPath, socketPath, pid, denied }: Opener): readonly string[] {
  return [
    ['perl', assetPath('handover/open.pl'), '--socket', socketPath],
    ['--address', GUEST.gatewayAddress, '--join', pid],
    denied.flatMap((address) => ['--deny', address]),
  ].flat();
}

export interface SessionHolder extends Pick<PlanContext, 'assetPath'> {
  readonly owner: Owner;
  /** Others may connect to it later. */
  readonly attachable: boolean;
}

/** The command that holds one program of a bottle. What is to run goes to it as a frame: arguments can be seen by all. */
export function sessionCall(
  runDir: string,
  { assetPath, owner, attachable }: SessionHolder,
): readonly string[] {
  const { control, agent, agentCode } = runFiles(runDir);
  return [
    ['perl', assetPath('bubblewrap/session.pl'), '--control', control],
    ['--owner', `${owner.uid}:${owner.gid}`],
    attachable ? ['--listen', basename(agent), '--code', basename(agentCode)] : [],
  ].flat();
}
