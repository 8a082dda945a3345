import { leaveProgram } from '../../guest/work.ts';
import type { Probe } from '../probe.ts';
import { hook, makeRepository, nest, onHost, set, trap } from './repository.ts';

/** Programs that git runs along with other work: hooks, and a monitor of files. */

const HOOK_NAMES = [
  'pre-commit',
  'post-commit',
  'post-checkout',
  'post-merge',
  'reference-transaction',
  'commit-msg',
];

export const HOOKS: readonly Probe[] = [
  onHost({
    id: 'git-hook',
    claim: "No hook of the agent's repository runs on the host.",
    attack: 'have a git hook run on the host',
    source: 'githooks(5)',
    leaves: (t, nonce, id) => {
      for (const gitDir of [nest(t, id).gitDir, '.git']) {
        makeRepository(t, gitDir);
        for (const name of HOOK_NAMES) leaveProgram(t, `${gitDir}/hooks/${name}`, hook(t, nonce));
      }
    },
  }),
  onHost({
    id: 'git-hooks-path',
    claim: 'No hook runs from a folder that core.hooksPath names.',
    attack: 'name a folder of hooks (core.hooksPath)',
    leaves: (t, nonce, id) => {
      const { dir, gitDir } = nest(t, id);
      leaveProgram(t, `${dir}/tools/pre-commit`, hook(t, nonce));
      set(t, [gitDir, 'core'], [['hooksPath', 'tools']]);
    },
  }),
  onHost({
    id: 'git-fsmonitor',
    claim: 'No core.fsmonitor of an agent runs on the host.',
    attack: 'have git ask a monitor (core.fsmonitor)',
    leaves: (t, nonce, id) => {
      for (const gitDir of [nest(t, id).gitDir, '.git']) {
        makeRepository(t, gitDir);
        set(t, [gitDir, 'core'], [['fsmonitor', trap(t, nonce)]]);
      }
    },
  }),
];
