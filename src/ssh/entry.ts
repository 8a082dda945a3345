/** A server that the agent may log in to, as the manifest says it. */
export interface SshEntry {
  /** `ssh[0] git.example.org` */
  readonly id: string;
  /** Where the manifest says so: `bot-bottle.yaml:12:9` */
  readonly position: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The private key, on the host. */
  readonly identityPath: string;
  /** The server's public key: `ssh-ed25519 AAAA...`. */
  readonly knownHost: string;
}

/** A private key of the host's, and all that it may be used for. */
export interface SshIdentity {
  readonly path: string;
  /** It has a passphrase, which is asked for at the start. */
  readonly isEncrypted: boolean;
  readonly entries: readonly SshEntry[];
}

/** For people: `git.example.org:22 as git`. */
export const describeEntry = ({ user, host, port }: SshEntry): string => `${host}:${port} as ${user}`;
