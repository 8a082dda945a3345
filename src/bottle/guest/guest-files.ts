import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GATEWAY_PORTS, GUEST, type Mount } from '../../drivers/driver.ts';
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

/** The small files of the bottle's own that every agent needs: one folder, mounted read-only. */

const GUEST_DIR = '/etc/bot-bottle';
const BAIT_NAME = 'credentials';
const FORWARDER_NAME = 'forward.pl';
const CLIENTS_NAME = 'clients';

const hostDir = (runDir: string): string => join(runDir, 'etc');

/** Where the bottle's own files are, and where they show. */
export function guestFilesMounts(runDir: string, places: readonly TrustPlace[]): readonly Mount[] {
  const folder = hostDir(runDir);
  return [{ hostPath: folder, guestPath: GUEST_DIR, readOnly: true }, ...trustMounts(folder, places)];
}

interface GuestTexts {
  readonly prompt: string | undefined;
  /** See bait.ts. */
  readonly bait: string | undefined;
  /** Configuration of package clients, by the name of its file. */
  readonly clientFiles: Readonly<Record<string, string>>;
}

/** Writes the bottle's own files under its run-time folder. Readable for all: whoever the agent is, they are its files. */
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

/** Has the bottle trust its gateway too. */
export async function trustAuthority(runDir: string, certificate: string): Promise<void> {
  await addTrust(hostDir(runDir), certificate, GUEST_DIR);
}

/** Where the bait's text lies on the host. */
export const baitHostPath = (runDir: string): string => join(hostDir(runDir), BAIT_NAME);

/** The certificate, PEM, of the authority that a running bottle trusts. @throws Error where it trusts none of its own */
export async function authorityOf(id: string): Promise<string> {
  const certificate = await trustedAs(hostDir(bottlePaths(id).runDir), `bot-bottle ${id}`);
  if (certificate === undefined) throw new Error(`the bottle ${id} has no authority of its own`);
  return certificate;
}

/** Where they are in the bottle. */
export const GUEST_PROMPT_PATH = `${GUEST_DIR}/prompt.md`;
export const GUEST_BAIT_PATH = `${GUEST_DIR}/${BAIT_NAME}`;
/** Leads programs that know no proxy to where only the proxy leads. */
export const GUEST_FORWARDER_PATH = `${GUEST_DIR}/${FORWARDER_NAME}`;
/** Configuration of package clients. */
export const GUEST_CLIENTS_PATH = `${GUEST_DIR}/${CLIENTS_NAME}`;
export const GUEST_SKILLS_PATH = `${GUEST_DIR}/skills`;
export const GUEST_SSH_PATH = `${GUEST_DIR}/ssh`;

/** Where skills go on the host, to show at `GUEST_SKILLS_PATH`. */
export const skillsHostPath = (runDir: string): string => join(hostDir(runDir), 'skills');

/** Where the files for SSH go on the host, to show at `GUEST_SSH_PATH`. */
export const sshHostPath = (runDir: string): string => join(hostDir(runDir), 'ssh');

/** Where a distribution keeps its programs. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Surroundings {
  /** The user's own, for an agent with a terminal. */
  readonly term: string | undefined;
  readonly gatewayAddress: string;
}

/** The environment of every agent, before what the manifest adds. */
export function baseEnvironment({ term, gatewayAddress }: Surroundings): Record<string, string> {
  const proxy = `http://${gatewayAddress}:${GATEWAY_PORTS.proxy}`;
  // What servers in the bottle say of themselves. Not `[::1]`, which Python alone wants: httpx ends where it reads that.
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
    // No NODE_USE_ENV_PROXY: Node 22 warns of it at every start, and names, 80 and 443 work without any variable.
    ...trustEnvironment(GUEST_DIR),
  };
}
