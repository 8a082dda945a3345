import { GUEST } from '../../driver.ts';
import { LINK } from '../vmm/machine.ts';
import { HOST_ALIAS, type SshKeys } from './keys.ts';

/** How a program in a machine is reached: by ssh(1), on a connection that is made from inside the bottle's network. */

export interface SshOrder {
  readonly keys: Pick<SshKeys, 'identityPath' | 'knownHostsPath'>;
  /** A process of the bottle's VMM. */
  readonly vmmPid: number;
  /** In it all commands share one connection (ssh_config(5), ControlPath). */
  readonly controlPath: string;
  /** Path of assets/microvm/connect.pl. */
  readonly connectPath: string;
  readonly asRoot: boolean;
  readonly tty: boolean;
  /** For the shell of the machine. */
  readonly command: string;
}

/** Nothing of the user's own configuration is read, nothing is asked, and no other key is offered. */
const SETTINGS = {
  BatchMode: 'yes',
  IdentitiesOnly: 'yes',
  IdentityAgent: 'none',
  PreferredAuthentications: 'publickey',
  StrictHostKeyChecking: 'yes',
  HostKeyAlias: HOST_ALIAS,
  GlobalKnownHostsFile: 'none',
  UpdateHostKeys: 'no',
  ForwardAgent: 'no',
  ClearAllForwardings: 'yes',
  PermitLocalCommand: 'no',
  EscapeChar: 'none',
  LogLevel: 'ERROR',
  ProxyUseFdpass: 'yes',
  ControlMaster: 'auto',
  ControlPersist: 'yes',
  // The shared connection ends by itself soon after the machine: nobody resets it, and it would keep the network.
  ServerAliveInterval: '10',
  ServerAliveCountMax: '3',
} as const;

/** The command line. Pure. */
export function sshCommand(order: SshOrder): readonly string[] {
  const { keys, vmmPid, controlPath, connectPath, asRoot, tty, command } = order;
  const settings = {
    ...SETTINGS,
    User: asRoot ? 'root' : GUEST.user,
    IdentityFile: keys.identityPath,
    UserKnownHostsFile: keys.knownHostsPath,
    ControlPath: `${controlPath}${asRoot ? '-root' : ''}`,
    ProxyCommand: ['perl', connectPath, vmmPid, LINK.address, LINK.sshPort].map(quoted).join(' '),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${escaped(value)}`]);
  return ['ssh', '-F', 'none', ...options, tty ? '-tt' : '-T', HOST_ALIAS, '--', command];
}

/** For the shell by which ssh runs it: sh(1). */
const quoted = (word: string | number): string => `'${String(word).replaceAll("'", String.raw`'\''`)}'`;

/** A `%` begins what ssh_config(5) calls a token. */
const escaped = (value: string): string => value.replaceAll('%', '%%');
