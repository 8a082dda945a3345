import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets } from '../../arena/targets.ts';
import { addTo, inCorner, leave } from '../../guest/work.ts';
import type { Probe } from '../probe.ts';
import { makeRepository, monitored, nest, onHost, quoted, set, trap } from './repository.ts';

/** Configuration and repositories in unusual places. */

const POINTERS = 'gitdir pointers, nested bare repositories (CVE-2026-26268)';

/** Creates a repository with a trap in a folder `store`, and no `.git` beside it. */
function store(t: Targets, nonce: string, id: string): { dir: string; gitDir: string } {
  const { dir, gitDir } = nest(t, id);
  addTo(t, `${gitDir}/config`, monitored(t, nonce));
  renameSync(inCorner(t, gitDir), inCorner(t, join(dir, 'store')));
  return { dir, gitDir };
}

/** Probes with configuration, and whole repositories, in unusual places. */
export const GIT_ELSEWHERE: readonly Probe[] = [
  onHost({
    id: 'git-include',
    claim: 'No configuration that an agent includes counts on the host.',
    attack: 'have git include a configuration (include.path)',
    leaves: (t, nonce, id) => {
      const { dir, gitDir } = nest(t, id);
      leave(t, `${dir}/settings`, monitored(t, nonce));
      set(t, [gitDir, 'include'], [['path', '../settings']]);
    },
  }),
  onHost({
    id: 'git-worktree-config',
    claim: "No configuration of an agent's worktree counts on the host.",
    attack: 'have git read config.worktree',
    source: 'git-worktree(1): extensions.worktreeConfig',
    leaves: (t, nonce, id) => {
      const { gitDir } = nest(t, id);
      set(t, [gitDir, 'extensions'], [['worktreeConfig', 'true']]);
      leave(t, `${gitDir}/config.worktree`, monitored(t, nonce));
    },
  }),
  onHost({
    id: 'git-gitdir-file',
    claim: 'No repository that a .git file names counts on the host.',
    attack: 'lead git elsewhere by a .git file',
    source: POINTERS,
    // Worktrees and submodules have such a file.
    leaves: (t, nonce, id) => void leave(t, store(t, nonce, id).gitDir, 'gitdir: store\n'),
  }),
  onHost({
    id: 'git-link',
    claim: 'No repository that a .git link leads to counts on the host.',
    attack: 'lead git elsewhere by a .git link',
    source: POINTERS,
    leaves: (t, nonce, id) => symlinkSync('store', inCorner(t, store(t, nonce, id).gitDir)),
  }),
  onHost({
    id: 'git-commondir',
    claim: 'No repository that a commondir file names counts on the host.',
    attack: 'lead git elsewhere by commondir',
    source: POINTERS,
    // `commondir` names the folder that all worktrees share.
    leaves: (t, nonce, id) => {
      const { dir, gitDir } = nest(t, id);
      makeRepository(t, `${dir}/common`);
      addTo(t, `${dir}/common/config`, monitored(t, nonce));
      leave(t, `${gitDir}/commondir`, '../common\n');
    },
  }),
  onHost({
    id: 'git-bare',
    claim: 'No folder that git takes for a bare repository comes to the host.',
    attack: 'have git take a folder for a repository',
    source: POINTERS,
    // The folder is not called `.git`.
    leaves: (t, nonce, id) => {
      const dir = `git/${id}`;
      makeRepository(t, dir);
      leave(
        t,
        `${dir}/config`,
        `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ..\n\tfsmonitor = ${quoted(trap(t, nonce))}\n`,
      );
    },
  }),
];

const later = {
  oracle: { kind: 'verbs', sees: 'came' },
  breach: "has the user's own git run a command later",
} as const;

/**
 * Names that a file system may treat as `.git`: in other case, with characters that HFS+ ignores, and the short name on
 * NTFS.
 */
const OTHER_NAMES = ['.GIT', '.Git', 'git~1', '.g\u200Cit', '.git ', '.git.', '.git::$INDEX_ALLOCATION'];

/** Probes with files that the user's git would obey later, if they came back. */
export const BROUGHT: readonly Probe[] = [
  onHost({
    ...later,
    id: 'git-other-names',
    claim: 'Nothing that a file system may take for .git comes to the host.',
    attack: 'bring .git back by another of its names',
    source: 'git: is_hfs_dotgit, is_ntfs_dotgit (CVE-2014-9390)',
    leaves: (t, nonce, id) => {
      for (const name of OTHER_NAMES) leave(t, `git/${id}/${name}/config`, monitored(t, nonce));
    },
  }),
  onHost({
    ...later,
    id: 'git-submodule',
    claim: 'No .gitmodules or .lfsconfig comes to the host without consent.',
    attack: 'bring .gitmodules with a command, .lfsconfig',
    source: '.gitmodules(5): the update command; git-lfs-config(5)',
    leaves: (t, nonce, id) => {
      const text = `[submodule "a"]\n\tpath = ../../outside\n\turl = ext::sh -c '${nonce}'\n\tupdate = !echo ${nonce}\n`;
      leave(t, `git/${id}/.gitmodules`, text);
      leave(t, `git/${id}/.lfsconfig`, `[lfs]\n\turl = ext::${nonce}\n`);
    },
  }),
];
