import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../host/files.ts';
import { assetPath } from '../host/paths.ts';
import type { SshEntry } from './entry.ts';
import { GUEST_SOCKET_PATH } from './key-paths.ts';

/** What OpenSSH's client needs in a bottle: no key is among it. */

/** Writes them to a folder of the host, which shows in the bottle at `guestDir`. */
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
 * ssh_config(5); the first value that is found counts, so what is about one server comes first. Servers that are not
 * listed go to the gateway too, which says why it refuses. Pure.
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

/** sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Pure. */
export function knownHosts(entries: readonly SshEntry[]): string {
  const lines = entries.map(({ host, port, knownHost }) => {
    const name = host.toLowerCase();
    return `${port === 22 ? name : `[${name}]:${port}`} ${knownHost}`;
  });
  return `${[...new Set(lines)].join('\n')}\n`;
}
