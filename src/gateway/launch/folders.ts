import { chown } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makePrivateDir, writeFileAtomic } from '../../host/files.ts';
import { gatewayOwner, isRoot } from '../../host/user.ts';
import { INSIDE } from './confine.ts';
import { existsSync } from 'node:fs';
import { KERNEL_TABLES } from '../../host/system/own-addresses.ts';
import type { Mount } from '../../contracts/gateway.ts';

/**
 * The folders and files of the host that a gateway gets, and their paths inside: the same in each form of the gateway.
 */

/** The socket by which the launcher reaches the gateway. */
export const CONTROL_NAME = 'control.sock';

/** The socket's path inside, if gateway and launcher share its folder. */
export const INSIDE_CONTROL = join(INSIDE.control, CONTROL_NAME);

/** Returns the folder of that socket; no bottle has it. */
export const controlDirIn = (runDir: string): string => join(runDir, 'control');

/** Returns the log's path inside. */
export const insideAudit = (auditPath: string): string => join(INSIDE.audit, basename(auditPath));

/** Creates a folder that belongs to the gateway's user. */
export async function makeOwnDir(path: string): Promise<void> {
  await makePrivateDir(path);
  await giveToGateway(path);
}

/** Makes a path belong to the gateway's user. */
export async function giveToGateway(path: string): Promise<void> {
  if (isRoot()) await chown(path, gatewayOwner().uid, gatewayOwner().gid);
}

/**
 * Writes the certificates that the gateway trusts; returns the path. They are not secret: the gateway can read them as
 * any user.
 */
export async function writeTrust(runDir: string, trust: string): Promise<string> {
  const path = join(runDir, 'gateway-trust.pem');
  await writeFileAtomic(path, trust, 0o444);
  return path;
}

const HOSTS_PATH = '/etc/hosts';

/**
 * Returns a mount of the host's own names, for a gateway in a separate container: the gateway resolves them as one on
 * the host does, and judges their addresses, instead of asking others for them. Empty if the host has no such file.
 */
export const hostsFile = (): readonly Mount[] =>
  existsSync(HOSTS_PATH) ? [{ hostPath: HOSTS_PATH, guestPath: HOSTS_PATH, readOnly: true }] : [];

/**
 * `net` of the host's first process: a bind mount of a file in it shows that process's network namespace wherever it is
 * read.
 */
const HOST_NET = '/proc/1/net';

/**
 * Returns mounts of the kernel's tables of the host's addresses, for a gateway in a separate container: with them, it
 * sees addresses that the host gets later. Empty if the kernel has none (macOS), or hides them from this user.
 */
export const hostTables = (): readonly Mount[] =>
  Object.values(KERNEL_TABLES)
    .map((name) => ({
      hostPath: join(HOST_NET, name),
      guestPath: join(INSIDE.hostTables, name),
      readOnly: true,
    }))
    .filter(({ hostPath }) => existsSync(hostPath));
