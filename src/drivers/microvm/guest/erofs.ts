import { chmod, lstat, mkdir, realpath, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../../../errors.ts';
import { giveTo } from '../../../host/disk/give.ts';
import { run } from '../../../host/run.ts';
import { agentOwner } from '../../../host/user.ts';
import { confined } from '../../sandbox/confined.ts';
import { findMachineProgram } from '../packages.ts';
import { readsTar } from '../suited.ts';

/** Erofs has the files of a tar lie beside the disk meanwhile: where there is as much room as the disk needs. */
const AROUND = ['prlimit', '--core=0', '--', 'env', 'TMPDIR=/out'];
const MAKER = ['mkfs.erofs', '--quiet'];

/**
 * $@: the maker and its options. fakeroot(1) keeps the owners and modes that tar(1) sets, and shows them to the maker. With chmod(1) it
 * leaves the maker, who is not root, a file that nobody may read (/etc/shadow of Fedora); tar calls none for those.
 */
const OF_A_FOLDER = `
mkdir /out/tree
tar --extract --file=/in --directory=/out/tree --same-owner --preserve-permissions --numeric-owner
find /out/tree -type f ! -perm -400 -exec sh -c 'for file; do chmod "$(stat -c %a "$file")" "$file"; done' sh {} +
"$@" /out/disk /out/tree
rm -rf /out/tree`;

/** The command that makes /out/disk of the tar /in, by a mkfs.erofs that reads a tar (erofs-utils 1.7), or by an older one. */
async function makerCommand(options: readonly string[]): Promise<readonly string[]> {
  if (await readsTar()) return [...AROUND, ...MAKER, '--tar=f', ...options, '/out/disk', '/in'];
  // Debian's is a link by way of /etc/alternatives, which the sandbox does not show. There the kernel refuses other owners with EINVAL,
  // which fakeroot takes for a failure, unlike EPERM: fakeroot(1), FAKEROOTDONTTRYCHOWN.
  const fakeroot = await realpath(findMachineProgram('fakeroot') ?? 'fakeroot').catch(() => 'fakeroot');
  return [
    ...AROUND,
    'FAKEROOTDONTTRYCHOWN=1',
    fakeroot,
    '--',
    'sh',
    '-euc',
    OF_A_FOLDER,
    'sh',
    ...MAKER,
    ...options,
  ];
}

/** A tar, and the disk that is made of it. */
export interface ErofsDisk {
  readonly tarPath: string;
  readonly path: string;
  /** For the error, as `the image`. */
  readonly of: string;
  /** mkfs.erofs(1)'s, besides. */
  readonly options?: readonly string[];
}

/**
 * Makes the read-only disk, the launcher's own (0600), of the tar's files; a folder beside it is used. What is in the tar is somebody
 * else's: only in a sandbox is it read.
 * @throws BottleError `dependencyMissing` where it cannot be made, which says why; the signal's reason
 */
export async function makeErofs(
  { tarPath, path, of, options = [] }: ErofsDisk,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const dir = `${path}.made`;
  await mkdir(dir, { mode: 0o700 });
  // Whoever reads it there has no other way to it, whatever the launcher's umask.
  await giveTo(agentOwner(), [dir, tarPath]);
  const shown = [
    { hostPath: tarPath, path: '/in', readOnly: true },
    { hostPath: dir, path: '/out', readOnly: false },
  ];
  const [program = '', ...args] = confined(shown, await makerCommand(options));
  const made = await run(program, args, { timeoutMs, signal });
  signal.throwIfAborted();
  // Where no sandbox comes, and only then looked at (docs/adr/0155).
  await rename(join(dir, 'disk'), path).catch(() => undefined);
  const isThere = await lstat(path).then(
    (found) => found.isFile() && found.nlink === 1,
    () => false,
  );
  if (made.exitCode !== 0 || !isThere) {
    throw new BottleError('dependencyMissing', `no disk could be made of ${of}`, {
      details: made.timedOut ? ['it did not end in time'] : made.stderr.trim().split('\n').slice(-8),
      fix: 'see that the disk of this host is not full, and that erofs-utils is installed',
    });
  }
  await giveTo({ uid: 0, gid: 0 }, [path]);
  await chmod(path, 0o600);
  await rmdir(dir).catch(() => undefined); // goes with the folder that it is in
}
