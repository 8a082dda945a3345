import { chown } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivateDir, writeFileAtomic } from '../../host/files.ts';
import { gatewayOwner, isRoot } from '../../host/user.ts';
import { hostsFile } from '../launch/folders.ts';
import { GATEWAY_PORTS, type SidecarSockets, type SidecarFiles } from '../../contracts/gateway.ts';
import type { GatewayOrder } from '../launch/launch.ts';
import { pipelockConfig } from './config.ts';

/** The launcher's side of pipelock: writes its configuration, and makes a folder for its log. */

const INSIDE = { config: '/etc/pipelock.yaml', audit: '/run/audit' } as const;

/** Writes the configuration of a pipelock that runs beside the bottle and serves on `address`; returns its mounts. */
export async function writePipelockConfig(
  { config, runDir }: GatewayOrder,
  { address }: Extract<SidecarSockets, { kind: 'listen' }>,
): Promise<SidecarFiles> {
  const { policy, hostAddresses } = config;
  const auditDir = dirname(config.auditPath);
  await makePrivateDir(auditDir);
  const logPath = join(INSIDE.audit, 'pipelock.jsonl');
  const written = pipelockConfig({ policy, address, port: GATEWAY_PORTS.proxy, hostAddresses, logPath });
  const path = join(runDir, 'pipelock.yaml');
  await writeFileAtomic(path, `${JSON.stringify(written, null, 2)}\n`);
  if (isRoot()) {
    const { uid, gid } = gatewayOwner();
    for (const own of [auditDir, path]) await chown(own, uid, gid);
  }
  return {
    configPath: INSIDE.config,
    input: () => '',
    mounts: [
      { hostPath: path, guestPath: INSIDE.config, readOnly: true },
      { hostPath: auditDir, guestPath: INSIDE.audit, readOnly: false },
      ...hostsFile(),
    ],
    published: [],
  };
}
