import { closeSync, openSync } from 'node:fs';
import { BottleError } from '../errors.ts';
import { run } from '../host/run.ts';
import type { SshEntry, SshIdentity } from './entry.ts';

/**
 * Returns each key of these entries once. Checks the keys before anything is created for a bottle.
 * @throws BottleError `manifest`: a file is no usable key, with its position; `dependencyMissing`: OpenSSH is missing
 */
export async function readIdentities(entries: readonly SshEntry[]): Promise<readonly SshIdentity[]> {
  await Promise.all(entries.map(expectHostKey));
  const paths = [...new Set(entries.map(({ identityPath }) => identityPath))];
  return await Promise.all(
    paths.map(async (path) => {
      const own = entries.filter(({ identityPath }) => identityPath === path);
      return { path, isEncrypted: await looksEncrypted(path, own[0]?.position), entries: own };
    }),
  );
}

async function expectHostKey({ knownHost, position }: SshEntry): Promise<void> {
  const result = await run('ssh-keygen', ['-l', '-f', '-'], { input: `${knownHost}\n` });
  if (result.notFound) throw noOpenSsh();
  if (result.exitCode === 0) return;
  throw new BottleError('manifest', `${position}: known_host is not a public key`, {
    fix: 'copy it from the server’s documentation, or from ssh-keyscan on a network that you trust',
  });
}

interface Fault {
  /** Matches the error output of `ssh-keygen` with an empty passphrase. */
  readonly says: RegExp;
  readonly is: string;
  readonly fix: (path: string) => string;
}

const FAULTS: readonly Fault[] = [
  {
    says: /No such file|Not a directory/,
    is: 'is not there',
    fix: () => 'write the path of a private key of this host, or make one: ssh-keygen -t ed25519',
  },
  {
    says: /UNPROTECTED PRIVATE KEY/,
    is: 'can be read by others, so OpenSSH does not use it',
    fix: (path) => `chmod 600 ${path}`,
  },
  {
    says: /Permission denied/,
    is: 'cannot be read by you',
    fix: (path) => `make yourself its owner: ls -l ${path}`,
  },
];

const NOT_A_KEY: Omit<Fault, 'says'> = {
  is: 'is not a private key',
  fix: () => 'write the path of the private key itself, without .pub',
};

/** Whether the key has a passphrase: `ssh-keygen -y` (ssh-keygen(1)) prints the public key only with the right one. */
async function looksEncrypted(path: string, position: string | undefined): Promise<boolean> {
  const result = await run('ssh-keygen', ['-y', '-P', '', '-f', path]);
  const fail = (is: string, fix: string): never => {
    throw new BottleError('manifest', `${position}: the identity ${path} ${is}`, { fix });
  };
  if (result.notFound) throw noOpenSsh();
  if (result.exitCode === 0) {
    if (result.stdout.startsWith('sk-'))
      fail('lives in a security key, which the holder of the bottle’s keys does not see', 'use another key');
    return false;
  }
  if (/incorrect passphrase/.test(result.stderr)) {
    if (!hasTerminal())
      fail(
        'has a passphrase, and bot-bottle cannot ask for it without a terminal',
        'start at a terminal, or use a separate key without a passphrase for the agent',
      );
    return true;
  }
  const fault = FAULTS.find(({ says }) => says.test(result.stderr)) ?? NOT_A_KEY;
  return fail(fault.is, fault.fix(path));
}

/** Creates the error (code `dependencyMissing`) for a host without OpenSSH. */
export const noOpenSsh = (): BottleError =>
  new BottleError('dependencyMissing', 'ssh entries need OpenSSH on this host', {
    fix: 'install openssh-client (openssh-clients on Fedora), 8.9 or later',
  });

/** Tests the controlling terminal: OpenSSH asks there, even if standard input is redirected. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r+'));
    return true;
  } catch {
    return false;
  }
}
