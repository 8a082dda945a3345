import { leaveProgram } from '../../guest/work.ts';
import type { Probe } from '../probe.ts';
import { hook, nest, onHost, set, setting, shellSetting, trap } from './repository.ts';

/** Programs that git starts when the user fetches, commits or gives a command. */

export const COMMANDS: readonly Probe[] = [
  onHost({
    id: 'git-ssh-command',
    claim: 'No core.sshCommand of an agent runs on the host.',
    attack: 'have a fetch run a command (core.sshCommand)',
    leaves: (t, nonce, id) => {
      const { gitDir } = nest(t, id);
      set(t, [gitDir, 'core'], [['sshCommand', trap(t, nonce)]]);
      set(t, [gitDir, 'remote "origin"'], [['url', 'ssh://git@project.test/it']]);
    },
  }),
  onHost({
    id: 'git-upload-pack',
    claim: 'No uploadpack of an agent runs on the host.',
    attack: 'have a fetch run the other end (uploadpack)',
    leaves: setting('remote "origin"', 'uploadpack', [['url', '.']]),
  }),
  onHost({
    id: 'git-instead-of',
    claim: 'No URL that an agent puts in the place of another is used on the host.',
    attack: 'have a fetch go to a program (insteadOf, ext::)',
    source: 'git-remote-ext(1)',
    // An alternative of the URL, which a fetch of the honest one takes.
    leaves: (t, nonce, id) => {
      const { dir, gitDir } = nest(t, id);
      leaveProgram(t, `${dir}/.git/carrier`, hook(t, nonce));
      set(t, [gitDir, 'remote "origin"'], [['url', 'https://project.test/it']]);
      set(t, [gitDir, 'url "ext::.git/carrier "'], [['insteadOf', 'https://project.test/']]);
      set(t, [gitDir, 'protocol "ext"'], [['allow', 'always']]);
    },
  }),
  onHost({
    id: 'git-credential-helper',
    claim: 'No credential helper of an agent runs on the host.',
    attack: "be asked for the user's password (credential.helper)",
    source: 'gitcredentials(7)',
    leaves: shellSetting('credential', 'helper'),
  }),
  onHost({
    id: 'git-gpg-program',
    claim: 'No gpg.program of an agent runs on the host.',
    attack: "sign the user's commits (gpg.program)",
    leaves: (t, nonce, id) => {
      const { dir, gitDir } = nest(t, id);
      leaveProgram(t, `${dir}/.git/sign`, hook(t, nonce));
      set(t, [gitDir, 'gpg'], [['program', '.git/sign']]);
      set(t, [gitDir, 'commit'], [['gpgSign', 'true']]);
    },
  }),
  onHost({
    id: 'git-editor',
    claim: 'No core.editor of an agent runs on the host.',
    attack: 'be the editor of a commit (core.editor)',
    leaves: setting('core', 'editor'),
  }),
  onHost({
    id: 'git-alias',
    claim: 'No alias of an agent runs on the host.',
    attack: 'be a git command (alias)',
    leaves: shellSetting('alias', 'st'),
  }),
];
