import { GUEST, type BottleSpec, type Mount } from '../drivers/driver.ts';
import type { BottleRequest } from './request.ts';
import { baseEnvironment, guestFilesMounts } from './guest/guest-files.ts';
import type { TrustPlace } from './trust/guest-trust.ts';
import type { WorkspaceRecord } from './state/record.ts';
import { sshMounts } from './ssh.ts';

/** Input of the assembly besides the request: decisions and files for this bottle. */
export interface Assembly {
  readonly id: string;
  readonly runDir: string;
  readonly workspace: WorkspaceRecord;
  /** The value of TERM on the host, for an agent with a terminal. */
  readonly term: string | undefined;
  readonly trustPlaces: readonly TrustPlace[];
}

/** Builds the driver's spec of one bottle. Pure. */
export function assembleSpec(request: BottleRequest, assembly: Assembly): BottleSpec {
  const workspace = workspaceMount(assembly.workspace);
  const { gatewayAddress } = request.check.rung.traits;
  const surroundings = { term: request.tty ? assembly.term : undefined, gatewayAddress };
  return {
    id: assembly.id,
    rung: request.check.rung,
    networkForm: request.networkForm,
    image: request.image,
    resources: request.resources,
    env: { ...baseEnvironment(surroundings), ...request.env },
    argv: request.argv,
    cwd: workspace === undefined ? GUEST.home : GUEST.workspace,
    tty: request.tty,
    mounts: [
      ...(workspace === undefined ? [] : [workspace]),
      ...guestFilesMounts(assembly.runDir, assembly.trustPlaces),
      ...request.mounts,
      ...sshMounts(request.ssh, assembly.runDir),
    ],
    runDir: assembly.runDir,
    ...(request.foreignGateway === undefined ? {} : { foreignGateway: request.foreignGateway }),
  };
}

function workspaceMount(workspace: WorkspaceRecord): Mount | undefined {
  if (workspace.mode === 'none') return undefined;
  const hostPath = workspace.mode === 'copy' ? workspace.workPath : workspace.projectPath;
  return { hostPath, guestPath: GUEST.workspace, readOnly: false };
}
