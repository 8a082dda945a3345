import { shellLine } from '../../host/shell-words.ts';
import { recipeDir } from './recipe.ts';

/** The mmdebstrap call that makes the default image's files from the distribution's own packages; see mmdebstrap(1). */

export interface Bootstrap {
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
 * The argument list. As root, mmdebstrap mounts the host's own /dev/shm, /sys and more below its folder. It runs in a
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
