import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../host/files.ts';
import { runOrThrow } from '../../../host/run.ts';

/** Keys of one bottle, made before its machine starts: each side knows the other's beforehand. */
export interface SshKeys {
  /** The machine's, in dropbear's own form. */
  readonly hostKey: Uint8Array;
  /** The launcher's public key, a line as in authorized_keys(5). */
  readonly authorizedKey: string;
  /** The launcher's private key. */
  readonly identityPath: string;
  /** What ssh(1) is to know the machine by. */
  readonly knownHostsPath: string;
}

/** The name by which the machine is known; it is no name of any network. */
export const HOST_ALIAS = 'bottle';

/** Makes them in a private folder. @throws BottleError `dependencyMissing` */
export async function makeKeys(dir: string): Promise<SshKeys> {
  const [hostPath, identityPath] = [join(dir, 'host-key'), join(dir, 'launcher-key')];
  const dropbearPath = `${hostPath}.dropbear`;
  const made = [hostPath, identityPath].map(async (path) => {
    await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
    return (await readFile(`${path}.pub`, 'utf8')).trim();
  });
  const [hostPublic = '', authorizedKey = ''] = await Promise.all(made);
  await runOrThrow('dropbearconvert', ['openssh', 'dropbear', hostPath, dropbearPath]);
  const knownHostsPath = join(dir, 'known-hosts');
  await writeFileAtomic(knownHostsPath, `${HOST_ALIAS} ${hostPublic}\n`, 0o600);
  return { hostKey: await readFile(dropbearPath), authorizedKey, identityPath, knownHostsPath };
}
