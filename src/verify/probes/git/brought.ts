import { leave } from '../../guest/work.ts';
import type { Probe } from '../probe.ts';
import { monitored, onHost } from './repository.ts';

/** What the user's own git would obey later, were it brought back. */

const later = {
  oracle: { kind: 'verbs', sees: 'came' },
  breach: "has the user's own git run a command later",
} as const;

/** Names that a file system may take for `.git`: without case, with what HFS+ ignores, and NTFS's short one. */
const OTHER_NAMES = ['.GIT', '.Git', 'git~1', '.g\u200Cit', '.git ', '.git.', '.git::$INDEX_ALLOCATION'];

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
