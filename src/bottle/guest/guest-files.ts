import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GUEST, type Mount } from '../../drivers/driver.ts';
import { GATEWAY_PORTS } from '../../contracts/gateway.ts';
import { writeFileAtomic } from '../../host/files.ts';
import { assetPath } from '../../host/paths.ts';
import {
  addTrust,
  trustedAs,
  trustEnvironment,
  trustMounts,
  writeTrust,
  type TrustPlace,
} from '../trust/guest-trust.ts';
import { bottlePaths } from '../state/store.ts';

/** The small files that every agent needs: one folder of the bottle, mounted read-only. */

const GUEST_DIR = '/etc/bot-bottle';
const BAIT_NAME = 'credentials';
const FORWARDER_NAME = 'forward.pl';
const CLIENTS_NAME = 'clients';

const hostDir = (runDir: string): string => join(runDir, 'etc');

/** Mounts of the bottle's own files. */
export function guestFilesMounts(runDir: string, places: readonly TrustPlace[]): readonly Mount[] {
  const folder = hostDir(runDir);
  return [{ hostPath: folder, guestPath: GUEST_DIR, readOnly: true }, ...trustMounts(folder, places)];
}

interface GuestTexts {
  readonly prompt: string | undefined;
  /** See `src/bottle/guest/bait.ts`. */
  readonly bait: string | undefined;
  /** Configuration of package clients, by file name. */
  readonly clientFiles: Readonly<Record<string, string>>;
}

/** Writes the bottle's own files under its runtime folder. Readable for all, because the agent may run as any user. */
export async function writeGuestFiles(
  runDir: string,
  { prompt, bait, clientFiles }: GuestTexts,
): Promise<void> {
  const folder = hostDir(runDir);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeTrust(folder);
  const forwarder = await readFile(assetPath(`guest/${FORWARDER_NAME}`), 'utf8');
  await writeFileAtomic(join(folder, FORWARDER_NAME), forwarder, 0o644);
  if (prompt !== undefined) await writeFileAtomic(join(folder, 'prompt.md'), prompt, 0o644);
  if (bait !== undefined) await writeFileAtomic(join(folder, BAIT_NAME), bait, 0o644);
  const clients = Object.entries(clientFiles);
  if (clients.length > 0) await mkdir(join(folder, CLIENTS_NAME), { mode: 0o755 });
  for (const [name, text] of clients) await writeFileAtomic(join(folder, CLIENTS_NAME, name), text, 0o644);
}

/** Adds the gateway's certificate to the bottle's trust store. */
export async function trustAuthority(runDir: string, certificate: string): Promise<void> {
  await addTrust(hostDir(runDir), certificate, GUEST_DIR);
}

/** Path of the bait's text on the host. */
export const baitHostPath = (runDir: string): string => join(hostDir(runDir), BAIT_NAME);

/** The certificate (PEM) of the running bottle's own authority. @throws Error if it has none */
export async function authorityOf(id: string): Promise<string> {
  const certificate = await trustedAs(hostDir(bottlePaths(id).runDir), `bot-bottle ${id}`);
  if (certificate === undefined) throw new Error(`the bottle ${id} has no authority of its own`);
  return certificate;
}

/** Path of the prompt in the bottle. */
export const GUEST_PROMPT_PATH = `${GUEST_DIR}/prompt.md`;
export const GUEST_BAIT_PATH = `${GUEST_DIR}/${BAIT_NAME}`;
/** The script that forwards programs without proxy support through the proxy. */
export const GUEST_FORWARDER_PATH = `${GUEST_DIR}/${FORWARDER_NAME}`;
/** Folder of the configuration of package clients. */
export const GUEST_CLIENTS_PATH = `${GUEST_DIR}/${CLIENTS_NAME}`;
export const GUEST_SKILLS_PATH = `${GUEST_DIR}/skills`;
export const GUEST_SSH_PATH = `${GUEST_DIR}/ssh`;

/** Folder of the skills on the host; the bottle sees it at `GUEST_SKILLS_PATH`. */
export const skillsHostPath = (runDir: string): string => join(hostDir(runDir), 'skills');

/** Folder of the files for SSH on the host; the bottle sees it at `GUEST_SSH_PATH`. */
export const sshHostPath = (runDir: string): string => join(hostDir(runDir), 'ssh');

/** The folders in which a distribution keeps its programs. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Surroundings {
  /** The value of TERM on the host, for an agent with a terminal. */
  readonly term: string | undefined;
  readonly gatewayAddress: string;
}

/** The environment of every agent, before the manifest's additions. */
export function baseEnvironment({ term, gatewayAddress }: Surroundings): Record<string, string> {
  const proxy = `http://${gatewayAddress}:${GATEWAY_PORTS.proxy}`;
  // Names that servers in the bottle give themselves. Without `[::1]`, which only Python needs: httpx crashes on it.
  const local = 'localhost,127.0.0.1,::1,0.0.0.0';
  return {
    HOME: GUEST.home,
    USER: GUEST.user,
    LOGNAME: GUEST.user,
    SHELL: '/bin/sh',
    PATH: SYSTEM_PATH,
    LANG: 'C.UTF-8',
    TMPDIR: '/tmp',
    ...(term === undefined ? {} : { TERM: term }),
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: local,
    no_proxy: local,
    // Without NODE_USE_ENV_PROXY: Node 22 warns about it at every start, and names, 80 and 443 work without any
    // variable.
    ...trustEnvironment(GUEST_DIR),
  };
}
