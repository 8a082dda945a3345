import { existsSync } from 'node:fs';
import { GUEST, type BottleSpec, type Mount, type RungCheck } from '../drivers/driver.ts';
import { BottleError } from '../errors.ts';
import { describeEntry, type SshEntry, type SshIdentity } from '../ssh/entry.ts';
import { startHolder } from '../ssh/hold.ts';
import { readIdentities } from '../ssh/identities.ts';
import { loadKeys } from '../ssh/load.ts';
import { GUEST_SOCKET_PATH, keyPaths } from '../ssh/key-paths.ts';
import { GUEST_SSH_PATH, sshHostPath } from './guest/guest-files.ts';
import type { HomeStep } from './guest/home-steps.ts';
import type { OpenFrontend } from './session/open.ts';
import { describeRung } from './rungs/select.ts';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../host/files.ts';
import { assetPath } from '../host/paths.ts';

/** SSH for a bottle: a process outside holds its keys, and the bottle gets a socket of that process. */

/**
 * Reads and checks the keys of the entries, and names them to the user.
 * @throws BottleError `manifest`, `dependencyMissing`, or `rungUnavailable` if no socket of the host works on the rung,
 *   or this host cannot confine the holder of the keys
 */
export async function sshIdentities(
  entries: readonly SshEntry[],
  { rung }: RungCheck,
  note: (line: string) => void,
): Promise<readonly SshIdentity[]> {
  if (entries.length === 0) return [];
  if (!rung.traits.hostSockets) {
    throw new BottleError(
      'rungUnavailable',
      `${describeRung(rung)} gives bottles no socket of the host, which SSH keys need`,
      {
        fix: 'choose another runtime, such as --runtime bubblewrap, or leave `ssh:` out and use https for git',
      },
    );
  }
  if (!existsSync('/proc/self/status')) {
    throw new BottleError('rungUnavailable', 'SSH keys for bottles need Linux on this host', {
      fix: 'leave `ssh:` out and use https for git',
    });
  }
  const identities = await readIdentities(entries);
  for (const { path, entries: servers } of identities) {
    note(
      `ssh: ${path} stays outside; while the agent runs, it can log in with it to ${servers.map(describeEntry).join(', ')}`,
    );
  }
  return identities;
}

/** Mounts the one socket of the host that a bottle may use. */
export function sshMounts(identities: readonly SshIdentity[], runDir: string): readonly Mount[] {
  if (identities.length === 0) return [];
  const hostPath = keyPaths(runDir).outerSocketPath;
  return [{ hostPath, guestPath: GUEST_SOCKET_PATH, readOnly: true, isSocket: true }];
}

/** The socket's variable, for programs that do not read OpenSSH's configuration. */
export const sshEnvironment = (identities: readonly SshIdentity[]): Record<string, string> =>
  identities.length === 0 ? {} : { SSH_AUTH_SOCK: GUEST_SOCKET_PATH };

/**
 * Steps that check the requirements and copy the configuration: OpenSSH reads a user's configuration only from a file
 * of that user.
 */
export function sshSteps(identities: readonly SshIdentity[]): readonly HomeStep[] {
  if (identities.length === 0) return [];
  return [
    { kind: 'need', program: 'ssh', what: 'ssh entries' },
    { kind: 'need', program: 'perl', what: 'ssh entries' },
    { kind: 'reach', guestPath: GUEST_SOCKET_PATH, what: 'the socket of its SSH keys' },
    { kind: 'copy', guestPath: `${GUEST.home}/.ssh/config`, target: `${GUEST_SSH_PATH}/config` },
  ];
}

/**
 * Starts the holder of the keys and loads them; returns evidence for the receipt. May ask for a passphrase, so nothing
 * else may use the terminal meanwhile.
 * @throws BottleError as `startHolder` and `loadKeys`
 */
export async function openSsh(
  identities: readonly SshIdentity[],
  { id, runDir }: BottleSpec,
  { frontend, signal }: { readonly frontend: OpenFrontend; readonly signal: AbortSignal },
): Promise<Readonly<Record<string, string>>> {
  if (identities.length === 0) return {};
  const entries = identities.flatMap((identity) => identity.entries);
  await writeClientFiles(entries, sshHostPath(runDir), GUEST_SSH_PATH);
  await startHolder(id, runDir, signal);
  if (identities.some(({ isEncrypted }) => isEncrypted)) {
    frontend.progress('');
    frontend.note('ssh: a key has a passphrase');
  }
  const held = await loadKeys(identities, runDir, signal);
  return { ssh: `held outside, each key for its own server only: ${held.join('; ')}` };
}

/** The files that OpenSSH's client needs in a bottle. They contain no private key. */

/** Writes the files to a folder of the host, which the bottle sees at `guestDir`. */
async function writeClientFiles(
  entries: readonly SshEntry[],
  hostDir: string,
  guestDir: string,
): Promise<void> {
  const files = {
    config: clientConfig(entries, guestDir),
    known_hosts: knownHosts(entries),
    'connect.pl': await readFile(assetPath('ssh/connect.pl'), 'utf8'),
  };
  await mkdir(hostDir, { recursive: true, mode: 0o755 });
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(hostDir, name), text, 0o644);
}

/**
 * Returns the text of an ssh_config(5) file. The first value found counts, so the sections of single servers come
 * first. Connections to unlisted servers go to the gateway too, which states why it refuses. Pure.
 */
export function clientConfig(entries: readonly SshEntry[], guestDir: string): string {
  const servers = entries.flatMap(({ host, port, user }) => [
    `Host ${host.toLowerCase()}`,
    `  Port ${port}`,
    `  User ${user}`,
  ]);
  const lines = [
    ...servers,
    'Host *',
    `  ProxyCommand perl ${guestDir}/connect.pl %h %p`,
    `  IdentityAgent ${GUEST_SOCKET_PATH}`,
    '  PreferredAuthentications publickey',
    `  UserKnownHostsFile ${guestDir}/known_hosts`,
    '  GlobalKnownHostsFile none',
    '  StrictHostKeyChecking yes',
    '  UpdateHostKeys no',
  ];
  return `${lines.join('\n')}\n`;
}

/** Returns the text of a known_hosts file: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Pure. */
export function knownHosts(entries: readonly SshEntry[]): string {
  const lines = entries.map(({ host, port, knownHost }) => {
    const name = host.toLowerCase();
    return `${port === 22 ? name : `[${name}]:${port}`} ${knownHost}`;
  });
  return `${[...new Set(lines)].join('\n')}\n`;
}
