import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../host/files.ts';
import type { GatewayConfig } from '../config.ts';
import type { SidecarFiles, SidecarSockets } from '../../contracts/gateway.ts';
import { partSecrets, announced, secretsLine } from './split-secrets.ts';
import { INSIDE } from './confine.ts';
import { writeControlToken } from './control.ts';
import {
  CONTROL_NAME,
  controlDirIn,
  giveToGateway,
  INSIDE_CONTROL,
  insideAudit,
  makeOwnDir,
  writeTrust,
  hostTables,
  hostsFile,
} from './folders.ts';
import type { GatewayOrder } from './launch.ts';

/**
 * The launcher's side of a gateway in a separate container, which a driver starts: its configuration, and what it gets
 * of the host.
 */

/**
 * Writes the configuration of a gateway that runs in a separate container and opens these sockets; returns its mounts.
 * The file and the folder of the log belong to the gateway's user.
 */
export async function writeSidecarConfig(
  { config, runDir, trust, secrets }: GatewayOrder,
  sockets: SidecarSockets,
): Promise<SidecarFiles> {
  const auditDir = dirname(config.auditPath);
  const controlDir = controlDirIn(runDir);
  for (const dir of [auditDir, controlDir]) await makeOwnDir(dir);
  const control = controlFor(controlDir, sockets);
  const parted = partSecrets(config, secrets());
  const path = join(runDir, 'gateway.json');
  // A machine that gets copies of single files would see the tables of its start only. `hostAddresses` has those.
  const tables = sockets.kind === 'listen' ? hostTables() : [];
  const whole: GatewayConfig = {
    ...parted.config,
    auditPath: insideAudit(config.auditPath),
    controlPath: control.guestPath,
    controlTokenDigest: await writeControlToken(runDir),
    trustPath: INSIDE.trust,
    ...(sockets.kind === 'listen' ? { gatewayAddress: sockets.address } : {}),
    sockets,
    ...(tables.length > 0 ? { hostTables: INSIDE.hostTables } : {}),
    ...announced(parted.secrets),
  };
  await writeFileAtomic(path, JSON.stringify(whole));
  await giveToGateway(path);
  return {
    configPath: INSIDE.config,
    input: () => secretsLine(parted.secrets),
    mounts: [
      { hostPath: path, guestPath: INSIDE.config, readOnly: true },
      { hostPath: await writeTrust(runDir, trust), guestPath: INSIDE.trust, readOnly: true },
      { hostPath: auditDir, guestPath: INSIDE.audit, readOnly: false },
      ...control.mounts,
      ...hostsFile(),
      ...tables,
    ],
    published: control.published,
  };
}

interface Control extends Pick<SidecarFiles, 'mounts' | 'published'> {
  readonly guestPath: string;
}

/** The gateway's control socket: in a shared folder or, if no folder can carry a socket, published like the others. */
function controlFor(controlDir: string, sockets: SidecarSockets): Control {
  const hostPath = join(controlDir, CONTROL_NAME);
  if (sockets.kind === 'listen') {
    const mounts = [{ hostPath: controlDir, guestPath: INSIDE.control, readOnly: false }];
    return { guestPath: INSIDE_CONTROL, mounts, published: [] };
  }
  const guestPath = join(sockets.folder, CONTROL_NAME);
  return { guestPath, mounts: [], published: [{ hostPath, guestPath }] };
}
