import { LINK } from './vmm/machine.ts';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../../host/files.ts';
import { runOrThrow } from '../../host/run.ts';

/** How ssh(1) reaches a machine from its sandbox: the keys of both sides, and the configuration file. */

/** Keys of one bottle, made before its machine starts. Each side knows the other's key in advance. */
export interface SshKeys {
  /** The machine's private key, in dropbear's format. */
  readonly hostKey: Uint8Array;
  /** The launcher's public key, a line as in authorized_keys(5). */
  readonly authorizedKey: string;
  /** The launcher's private key, as ssh(1) reads it. */
  readonly identity: string;
  /** The machine's entry for ssh(1): a line as in known_hosts (sshd(8)). */
  readonly knownHost: string;
}

/** The name by which ssh knows the machine. It exists in no network. */
const HOST_ALIAS = 'bottle';

/**
 * Makes the keys in a new folder of this name, and removes the folder afterwards.
 * @throws BottleError `dependencyMissing`
 */
export async function makeKeys(dir: string): Promise<SshKeys> {
  await mkdir(dir, { mode: 0o700 });
  try {
    const [hostPath, identityPath] = [join(dir, 'host'), join(dir, 'launcher')];
    const dropbearPath = `${hostPath}.dropbear`;
    const made = [hostPath, identityPath].map(async (path) => {
      await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
      return (await readFile(`${path}.pub`, 'utf8')).trim();
    });
    const [hostPublic = '', authorizedKey = ''] = await Promise.all(made);
    await runOrThrow('dropbearconvert', ['openssh', 'dropbear', hostPath, dropbearPath]);
    const [hostKey, identity] = await Promise.all([readFile(dropbearPath), readFile(identityPath, 'utf8')]);
    return { hostKey, authorizedKey, identity, knownHost: `${HOST_ALIAS} ${hostPublic}\n` };
  } finally {
    await removeTree(dir);
  }
}

export interface SshPlaces {
  /** The launcher's private key, and beside it the file with the machine's host key. */
  readonly identityPath: string;
  readonly knownHostsPath: string;
  /** All commands share one connection through this socket: ssh_config(5), ControlPath. */
  readonly controlPath: string;
}

/** ssh never asks a question and offers no other key. */
const SETTINGS = {
  HostName: LINK.address,
  Port: LINK.sshPort,
  User: 'root',
  HostKeyAlias: HOST_ALIAS,
  BatchMode: 'yes',
  IdentitiesOnly: 'yes',
  IdentityAgent: 'none',
  PreferredAuthentications: 'publickey',
  StrictHostKeyChecking: 'yes',
  GlobalKnownHostsFile: 'none',
  UpdateHostKeys: 'no',
  ForwardAgent: 'no',
  ClearAllForwardings: 'yes',
  PermitLocalCommand: 'no',
  EscapeChar: 'none',
  LogLevel: 'QUIET',
  ControlMaster: 'auto',
  ControlPersist: 'yes',
  // When the connection ends, its programs end. A machine on a busy host may stand still for minutes. The attendant
  // detects a VMM that has ended.
  ServerAliveInterval: 10,
  ServerAliveCountMax: 60,
} as const;

/** Returns the text of the file that ssh reads instead of the user's configuration: ssh_config(5). Pure. */
export function sshConfig({ identityPath, knownHostsPath, controlPath }: SshPlaces): string {
  const settings = {
    ...SETTINGS,
    IdentityFile: identityPath,
    UserKnownHostsFile: knownHostsPath,
    ControlPath: controlPath,
  };
  const lines = Object.entries(settings).map(([name, value]) => `  ${name} ${value}\n`);
  return [`Host ${HOST_ALIAS}\n`, ...lines].join('');
}
