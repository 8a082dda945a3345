import { LINK } from '../vmm/machine.ts';
import { HOST_ALIAS } from './keys.ts';

/** How ssh(1) reaches a machine from within its sandbox: the file it reads instead of any configuration of the user's. */

export interface SshPlaces {
  /** The launcher's private key, and what the machine is known by. */
  readonly identityPath: string;
  readonly knownHostsPath: string;
  /** In it all commands share one connection: ssh_config(5), ControlPath. */
  readonly controlPath: string;
}

/** Nothing is asked, and no other key is offered. */
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
  // With it its programs end. A machine on a busy host may stand still for minutes; one whose VMM has ended is known otherwise.
  ServerAliveInterval: 10,
  ServerAliveCountMax: 60,
} as const;

/** The file's text. Pure. */
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
