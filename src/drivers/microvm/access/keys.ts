import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../../../host/files.ts';
import { runOrThrow } from '../../../host/run.ts';

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
export const HOST_ALIAS = 'bottle';

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
