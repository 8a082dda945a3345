import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GATEWAY_PORTS, GUEST, type Mount } from '../drivers/driver.ts';
import { hostVariable } from '../host/env.ts';
import { readTextIfThere, writeFileAtomic } from '../host/files.ts';

/** The small files of the bottle's own that every agent needs: one folder, mounted read-only. */

const GUEST_DIR = '/etc/bot-bottle';
const GUEST_CA_PATH = `${GUEST_DIR}/ca-certificates.pem`;

/** Where distributions keep the system's bundle (Debian, Fedora, Alpine, openSUSE), as Go's crypto/x509 looks for it. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
];

/** Variables by which a user of this host adds a company's authority. */
const EXTRA_BUNDLE_VARIABLES = [
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
];

/** Variables by which programs find the bundle; each replaces the program's own store but for NODE_EXTRA_CA_CERTS. */
const TRUST_VARIABLES = [
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'PIP_CERT',
  'CARGO_HTTP_CAINFO',
  'NPM_CONFIG_CAFILE',
];

/** The environment that makes a bottle's programs trust what the host trusts. */
export function trustEnvironment(): Record<string, string> {
  return Object.fromEntries(TRUST_VARIABLES.map((name) => [name, GUEST_CA_PATH]));
}

const hostDir = (runDir: string): string => join(runDir, 'etc');

/** Where the bottle's own files are, and where they show. */
export function guestFilesMount(runDir: string): Mount {
  return { hostPath: hostDir(runDir), guestPath: GUEST_DIR, readOnly: true };
}

/** Writes the bottle's own files under its run-time folder. Readable for all: whoever the agent is, they are its files. */
export async function writeGuestFiles(runDir: string, prompt: string | undefined): Promise<void> {
  const folder = hostDir(runDir);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeFileAtomic(join(folder, 'ca-certificates.pem'), await hostTrust(), 0o644);
  if (prompt !== undefined) await writeFileAtomic(join(folder, 'prompt.md'), prompt, 0o644);
}

/** Where they are in the bottle. */
export const GUEST_PROMPT_PATH = `${GUEST_DIR}/prompt.md`;
export const GUEST_SKILLS_PATH = `${GUEST_DIR}/skills`;
export const GUEST_SSH_PATH = `${GUEST_DIR}/ssh`;

/** Where skills go on the host, to show at `GUEST_SKILLS_PATH`. */
export const skillsHostPath = (runDir: string): string => join(hostDir(runDir), 'skills');

/** Where the files for SSH go on the host, to show at `GUEST_SSH_PATH`. */
export const sshHostPath = (runDir: string): string => join(hostDir(runDir), 'ssh');

/** All certificates that this host trusts, once each, as PEM. */
async function hostTrust(): Promise<string> {
  const extras = EXTRA_BUNDLE_VARIABLES.map(hostVariable).filter((path) => path !== undefined);
  const paths = new Set([...(await firstReadable(SYSTEM_BUNDLES)), ...extras]);
  const texts = await Promise.all([...paths].map((path) => readTextIfThere(path)));
  const certificates = texts.flatMap(
    (text) => text?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
  );
  return `${[...new Set(certificates)].join('\n')}\n`;
}

async function firstReadable(paths: readonly string[]): Promise<string[]> {
  for (const path of paths) {
    try {
      await readFile(path);
      return [path];
    } catch {
      // the next distribution's place
    }
  }
  return [];
}

/** Where a distribution keeps its programs. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The environment of every agent, before what the manifest adds. */
export function baseEnvironment(terminal: { readonly term: string | undefined }): Record<string, string> {
  const proxy = `http://${GUEST.gatewayAddress}:${GATEWAY_PORTS.proxy}`;
  const local = 'localhost,127.0.0.1,::1';
  return {
    HOME: GUEST.home,
    USER: GUEST.user,
    LOGNAME: GUEST.user,
    SHELL: '/bin/sh',
    PATH: SYSTEM_PATH,
    LANG: 'C.UTF-8',
    TMPDIR: '/tmp',
    ...(terminal.term === undefined ? {} : { TERM: terminal.term }),
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: local,
    no_proxy: local,
    // No NODE_USE_ENV_PROXY: Node 22 warns of it at every start, and names, 80 and 443 work without any variable.
    ...trustEnvironment(),
  };
}
