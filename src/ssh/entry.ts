/** A server that the agent may log in to, from the manifest. */
export interface SshEntry {
  /** `ssh[0] git.example.org` */
  readonly id: string;
  /** The entry's position in the manifest: `bot-bottle.yaml:12:9` */
  readonly position: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Host path of the private key. */
  readonly identityPath: string;
  /** The server's public key: `ssh-ed25519 AAAA...`. */
  readonly knownHost: string;
}

/** A private key of the host, and the entries that it may be used for. */
export interface SshIdentity {
  readonly path: string;
  /** The key has a passphrase, which OpenSSH asks for at the start. */
  readonly isEncrypted: boolean;
  readonly entries: readonly SshEntry[];
}

/** Describes an entry for messages: `git.example.org:22 as git`. */
export const describeEntry = ({ user, host, port }: SshEntry): string => `${host}:${port} as ${user}`;
