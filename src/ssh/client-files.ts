import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../host/files.ts';
import { assetPath } from '../host/paths.ts';
import type { SshEntry } from './entry.ts';
import { GUEST_SOCKET_PATH } from './key-paths.ts';

/** The files that OpenSSH's client needs in a bottle. They contain no private key. */

/** Writes the files to a folder of the host, which the bottle sees at `guestDir`. */
export async function writeClientFiles(
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
