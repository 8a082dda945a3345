import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../../errors.ts';
import { downloadEnvironment } from '../../host/env.ts';
import { removeTree } from '../../host/files.ts';
import { run, runOrThrow } from '../../host/run.ts';
import { isRoot } from '../../host/user.ts';
import { exclusively, imageCacheDir } from './exclusively.ts';
import { runLong, type LongWork } from './long-run.ts';
import { fetchPinned } from './pinned-package.ts';
import { NODE_PINS, NPM_PIN } from './pins.ts';
import { recipeKey, recipePackages, recipeDir } from './recipe.ts';
import { readHostSource } from './sources.ts';
import { shellLine } from '../../host/shell-words.ts';

/** The default image's files as one tar, in the cache: every engine of this host imports the same bytes. */

const WORK_PREFIX = 'work-';

const rootfsPath = (): string => join(imageCacheDir(), `${recipeKey()}.tar`);

/** The path of the default image's tar, if it is in the cache. */
export const cachedRootfs = (): string | undefined => (existsSync(rootfsPath()) ? rootfsPath() : undefined);

/**
 * Finds the tar in the cache or makes it (about half a minute), and returns its path. Two concurrent starts make it
 * only once.
 * @throws BottleError `dependencyMissing` if this host cannot make it, with what it needs
 */
export async function ensureRootfs(work: LongWork): Promise<string> {
  const cached = cachedRootfs();
  if (cached !== undefined) return cached;
  const path = rootfsPath();
  await exclusively(`${recipeKey()}.tar`, work, async () => {
    if (!existsSync(path)) await makeRootfs(path, work);
  });
  return path;
}

async function makeRootfs(path: string, work: LongWork): Promise<void> {
  const mode = await bootstrapMode();
  await removeAbandonedWork();
  const staging = await mkdtemp(join(imageCacheDir(), WORK_PREFIX));
  try {
    const source = await readHostSource();
    const [sourcesPath, settingsPath] = [join(staging, 'host.sources'), join(staging, 'apt.conf')];
    await writeFile(sourcesPath, source.deb822);
    await writeFile(settingsPath, source.settings);
    work.progress('downloading Node from the npm registry');
    const overlayPath = await makeOverlay(staging, work.signal);
    const targetPath = join(staging, 'rootfs.tar');
    const argv = bootstrapArgv({
      suite: source.suite,
      packages: recipePackages(),
      mode,
      sourcesPath,
      settingsPath,
      overlayPath,
      targetPath,
    });
    const env = {
      ...downloadEnvironment(),
      SOURCE_DATE_EPOCH: '1',
      // mmdebstrap's files are removed with the folder if it is killed. In unshare mode its users could not enter a
      // private folder.
      ...(mode === 'root' ? { TMPDIR: staging } : {}),
    };
    await runLong(argv, env, work);
    await rename(targetPath, path);
  } finally {
    await removeTree(staging);
  }
}

/** Removes work folders that killed starts left. The caller holds the tar's lock: no other start makes this tar now. */
async function removeAbandonedWork(): Promise<void> {
  for (const name of await readdir(imageCacheDir())) {
    if (name.startsWith(WORK_PREFIX)) await removeTree(join(imageCacheDir(), name));
  }
}

/**
 * The mode in which mmdebstrap can work here.
 * @throws BottleError `dependencyMissing` with what to install or to set
 */
async function bootstrapMode(): Promise<'root' | 'unshare'> {
  if ((await run('mmdebstrap', ['--version'])).exitCode !== 0) {
    throw new BottleError('dependencyMissing', 'mmdebstrap is not installed', {
      fix: 'sudo apt-get install mmdebstrap uidmap',
    });
  }
  if (isRoot()) return 'root';
  const mapped = await run('unshare', ['--user', '--map-auto', '--map-root-user', 'true']);
  if (mapped.exitCode === 0) return 'unshare';
  throw new BottleError(
    'dependencyMissing',
    'this user has no range of subordinate ids, which mmdebstrap needs to work without root',
    {
      details: mapped.stderr.trim().split('\n'),
      fix: 'sudo apt-get install uidmap && sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
    },
  );
}

/** A tar with Node and npm under /usr/local, owned by root. */
async function makeOverlay(staging: string, signal: AbortSignal): Promise<string> {
  const node = NODE_PINS[process.arch];
  if (node === undefined) {
    throw new BottleError('dependencyMissing', `there is no default image for ${process.arch}`, {
      fix: `run bot-bottle on ${Object.keys(NODE_PINS).join(' or ')}`,
    });
  }
  const [nodeTar, npmTar] = await Promise.all([
    fetchPinned(node, staging, signal),
    fetchPinned(NPM_PIN, staging, signal),
  ]);
  const local = join(staging, 'overlay', 'usr', 'local');
  const npmDir = join(local, 'lib', 'node_modules', 'npm');
  await mkdir(npmDir, { recursive: true, mode: 0o755 });
  await mkdir(join(local, 'bin'), { mode: 0o755 });
  await runOrThrow('tar', ['-xzf', nodeTar, '-C', local, '--strip-components=1', 'package/bin/node']);
  await runOrThrow('tar', ['-xzf', npmTar, '-C', npmDir, '--strip-components=1']);
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  }
  const overlay = join(staging, 'overlay.tar');
  const owner = ['--owner=0', '--group=0', '--mode=u=rwX,go=rX', '--sort=name', '--mtime=@1'];
  await runOrThrow('tar', ['-cf', overlay, ...owner, '-C', join(staging, 'overlay'), 'usr']);
  return overlay;
}

interface Bootstrap {
  readonly suite: string;
  readonly packages: readonly string[];
  /** `root` needs root; `unshare` needs a range of subordinate ids. */
  readonly mode: 'root' | 'unshare';
  readonly sourcesPath: string;
  readonly settingsPath: string;
  /** A tar of files to lay over the packages: Node and npm. */
  readonly overlayPath: string;
  readonly targetPath: string;
}

/** Excludes documentation, a third of the size, but keeps licences. */
const LEFT_OUT = [
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/locale/*',
];

/**
 * The mmdebstrap call that makes the files from the distribution's own packages; see mmdebstrap(1). As root, mmdebstrap mounts the host's own /dev/shm, /sys and more below its folder. It runs in a
 * separate mount namespace, so that these mounts always end with it, and removing its folder removes nothing else.
 */
export function bootstrapArgv(plan: Bootstrap): string[] {
  return [
    ...(plan.mode === 'root' ? ['unshare', '--mount', '--propagation', 'private'] : []),
    'mmdebstrap',
    `--mode=${plan.mode}`,
    '--variant=minbase',
    '--format=tar',
    `--include=${plan.packages.join(',')}`,
    `--aptopt=${plan.settingsPath}`,
    ...LEFT_OUT.map((option) => `--dpkgopt=${option}`),
    // mmdebstrap splits the arguments of its own hooks like a shell.
    `--customize-hook=${shellLine(['tar-in', plan.overlayPath, '/'])}`,
    `--customize-hook=${shellLine(['upload', `${recipeDir()}/finish.sh`, '/finish.sh'])}`,
    '--customize-hook=chroot "$1" sh /finish.sh && rm "$1/finish.sh"',
    plan.suite,
    plan.targetPath,
    plan.sourcesPath,
  ];
}
