import { LINK } from '../vmm/machine.ts';
import { HOST_ALIAS } from './keys.ts';

/**
 * Configures how ssh(1) reaches a machine from its sandbox. ssh reads this file instead of the user's configuration.
 */

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

/** Returns the text of the configuration file. Pure. */
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
