import { chmod, lstat, mkdir, realpath, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../../../errors.ts';
import { giveTo } from '../../../host/files.ts';
import { run } from '../../../host/run.ts';
import { agentOwner } from '../../../host/user.ts';
import { confined } from '../../sandbox/confined.ts';
import { findMachineProgram } from '../packages.ts';
import { readsTar } from '../check/suited.ts';

/** mkfs.erofs keeps the files of a tar in TMPDIR meanwhile. /out has as much space as the disk needs. */
const AROUND = ['prlimit', '--core=0', '--', 'env', 'TMPDIR=/out'];
const MAKER = ['mkfs.erofs', '--quiet'];

/**
 * $@: the maker and its options. fakeroot(1) records the owners and modes that tar(1) sets, and shows them to the
 * maker. Its chmod(1) makes a file that no one may read (/etc/shadow of Fedora) readable for the maker, who is not
 * root. tar does no chmod for such files.
 */
const OF_A_FOLDER = `
mkdir /out/tree
tar --extract --file=/in --directory=/out/tree --same-owner --preserve-permissions --numeric-owner
find /out/tree -type f ! -perm -400 -exec sh -c 'for file; do chmod "$(stat -c %a "$file")" "$file"; done' sh {} +
"$@" /out/disk /out/tree
rm -rf /out/tree`;

/**
 * Returns the command that makes /out/disk from the tar /in, by a mkfs.erofs that reads a tar (erofs-utils 1.7) or by
 * an older one.
 */
async function makerCommand(options: readonly string[]): Promise<readonly string[]> {
  if (await readsTar()) return [...AROUND, ...MAKER, '--tar=f', ...options, '/out/disk', '/in'];
  // Debian's fakeroot is a link through /etc/alternatives, which the sandbox does not show. In the sandbox, the kernel
  // refuses other owners with EINVAL. Unlike EPERM, fakeroot treats EINVAL as a failure: fakeroot(1),
  // FAKEROOTDONTTRYCHOWN.
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

/** A tar, and the disk to make from it. */
export interface ErofsDisk {
  readonly tarPath: string;
  readonly path: string;
  /** The source's name in the error, such as `the image`. */
  readonly of: string;
  /** Further options of mkfs.erofs(1). */
  readonly options?: readonly string[];
}

/**
 * Makes a read-only disk from the tar's files, owned by the launcher with mode 0600. Uses a folder beside it. The tar's
 * content is untrusted, so only a sandbox reads it.
 * @throws BottleError `dependencyMissing` where the disk cannot be made, with the reason; the signal's reason
 */
export async function makeErofs(
  { tarPath, path, of, options = [] }: ErofsDisk,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const dir = `${path}.made`;
  await mkdir(dir, { mode: 0o700 });
  // The sandbox's user needs access even with a strict umask of the launcher.
  await giveTo(agentOwner(), [dir, tarPath]);
  const shown = [
    { hostPath: tarPath, path: '/in', readOnly: true },
    { hostPath: dir, path: '/out', readOnly: false },
  ];
  const [program = '', ...args] = confined(shown, await makerCommand(options));
  const made = await run(program, args, { timeoutMs, signal });
  signal.throwIfAborted();
  // Moves the disk out of the sandbox's reach before it inspects the disk (docs/adr/0152).
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
  await rmdir(dir).catch(() => undefined); // the removal of its parent folder removes it too
}
