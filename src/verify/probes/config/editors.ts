import type { Probe } from '../probe.ts';
import { absent, files } from './obeyed.ts';

/** What editors and shells obey. */

export const EDITORS: readonly Probe[] = [
  absent({
    id: 'config-vscode',
    claim: files('tasks of VS Code'),
    attack: 'leave tasks for VS Code',
    paths: [
      '.vscode/tasks.json',
      '.vscode/settings.json',
      'x.code-workspace',
      '.devcontainer/devcontainer.json',
    ],
  }),
  absent({
    id: 'config-editors',
    claim: files('settings of another editor'),
    attack: 'leave code for IDEA, Zed, Vim, Emacs',
    paths: [
      '.idea/workspace.xml',
      '.zed/tasks.json',
      '.exrc',
      '.nvim.lua',
      '.dir-locals.el',
      '.vs/tasks.vs.json',
    ],
  }),
  absent({
    id: 'config-shell',
    claim: files('file that a shell runs'),
    attack: 'leave .envrc, shell rc files, .gdbinit',
    paths: ['.envrc', 'mise.toml', '.bashrc', '.profile', '.zshenv', '.gdbinit'],
  }),
];
