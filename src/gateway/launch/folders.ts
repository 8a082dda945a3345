import { chown } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makePrivateDir, writeFileAtomic } from '../../host/files.ts';
import { gatewayOwner, isRoot } from '../../host/user.ts';
import { INSIDE } from './confine.ts';

/** The folders and files that a gateway has of the host, and where they are inside: the same in each form of it. */

/** As `Mount` in drivers/driver.ts. */
export interface Mount {
  readonly hostPath: string;
  readonly guestPath: string;
  readonly readOnly: boolean;
}

/** The socket by which the launcher reaches the gateway. */
export const CONTROL_NAME = 'control.sock';

/** Its path inside, where both have its folder. */
export const INSIDE_CONTROL = join(INSIDE.control, CONTROL_NAME);

/** The folder of that socket; no bottle has it. */
export const controlDirIn = (runDir: string): string => join(runDir, 'control');

/** Where the log is inside. */
export const insideAudit = (auditPath: string): string => join(INSIDE.audit, basename(auditPath));

/** A folder that belongs to whom the gateway runs as. */
export async function makeOwnDir(path: string): Promise<void> {
  await makePrivateDir(path);
  await giveToGateway(path);
}

/** Has it belong to whom the gateway runs as. */
export async function giveToGateway(path: string): Promise<void> {
  if (isRoot()) await chown(path, gatewayOwner().uid, gatewayOwner().gid);
}

/** Whom the gateway is to believe. Certificates are no secret: whoever it runs as can read them. */
export async function writeTrust(runDir: string, trust: string): Promise<string> {
  const path = join(runDir, 'gateway-trust.pem');
  await writeFileAtomic(path, trust, 0o444);
  return path;
}
