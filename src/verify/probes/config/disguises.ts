import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { leave, leaveProgram, inCorner } from '../../guest/work.ts';
import type { Probe } from '../probe.ts';
import { absent, files, obeyed, placeOf, textFor } from './tool-files.ts';

/** Files that tools obey although no table lists their exact path. */

/** Files of tools that no table names, recognised by their kind and location. */
export const CLASSES: readonly Probe[] = [
  absent({
    id: 'config-environment',
    claim: files('file that a program takes its environment from'),
    attack: 'leave .env files with NODE_OPTIONS',
    source: 'a .env that redirects a tool (CVE-2025-61260); NODE_OPTIONS in node(1)',
    paths: ['.env.local', 'packages/x/.env', 'prod.env', '.flaskenv', '.dev.vars', '.Renviron'],
  }),
  absent({
    id: 'config-dotfiles',
    claim: files('dotfile'),
    attack: 'leave dotfiles of tools, known and unknown',
    source: 'prove(1): .proverc; hgrc(5); R, help(Startup)',
    paths: [
      '.proverc',
      '.hg/hgrc',
      '.sl/config',
      '.ropeproject/config.py',
      '.RData',
      '.rspec',
      '.simple-git-hooks.js',
      '.graphqlrc.js',
      '.markdownlint.cjs',
      'src/.unheard-of',
      '.unheard-of/deep/down.ts',
    ],
  }),
  obeyed({
    id: 'config-executable',
    claim: files('program'),
    attack: 'leave programs under plain names',
    source: 'execve(2): a file runs by its executable bit',
    leaves: (t, nonce, id) => {
      for (const path of ['src/notes', 'src/main.ts', 'docs/read.md'])
        leaveProgram(t, `${placeOf(id)}/${path}`, `#!/bin/sh\n# ${nonce}\n`);
      for (const path of ['run.sh', 'run.bat', 'x.desktop'])
        leave(t, `${placeOf(id)}/${path}`, textFor(path, nonce));
    },
  }),
  absent({
    id: 'config-compiled',
    claim: files('compiled code'),
    attack: 'leave libraries that interpreters load',
    source: 'Python importlib.machinery; Node addons; pickle, "Warning"',
    paths: ['src/fast.so', 'src/native.node', 'src/x.pyc', 'lib/x.jar', 'data/model.pkl'],
  }),
  absent({
    id: 'config-by-shape',
    claim: files('file with a name of the kind that tools load'),
    attack: 'leave x.config.mjs, xrc, Xfile',
    source: 'cosmiconfig, "searchPlaces"; make(1) and its kin',
    paths: [
      'deep/unheard.config.mjs',
      'deep/unheardrc',
      'deep/Unheardfile',
      'deep/unheardrc.json',
      'docs/conf.py',
    ],
  }),
  absent({
    id: 'config-by-place',
    claim: files('configuration in a folder that tools start from'),
    attack: 'leave unknown settings in a package, in tools/',
    source: 'configuration as an escape (Cymulate, April 2026)',
    // `package.json` runs nothing itself: it turns the folder into a package.
    paths: ['unheard.toml', 'package.json', 'unheard', 'tools/unheard.json', 'scripts/deep/unheard.ini'],
  }),
];

/** Files that the project contains from the start: see src/verify/after/project.ts. */
const PRESENT = ['.claude/settings.json', '.vscode/tasks.json', 'Makefile', 'AGENTS.md', 'package.json'];

const RENAMED = [
  ['plain', '.vscode'],
  ['notes', '.claude'],
] as const;

/** A name that tools obey links, inside the project, to a name that they do not. */
const LINKS = [
  ['CLAUDE.md', 'docs/ai.md'],
  ['.cursor', 'cursor-files'],
  ['.github', 'dot-github'],
  ['deep/.vscode', '../editor'],
] as const;
const BEHIND_LINKS = [
  'docs/ai.md',
  'cursor-files/mcp.json',
  'dot-github/workflows/x.yml',
  'editor/tasks.json',
];

/** The same files in another spelling, changed in place, renamed, and behind a link. */
export const DISGUISES: readonly Probe[] = [
  absent({
    id: 'config-case',
    claim: files('such file in other case'),
    attack: 'spell such names in other case',
    source: 'protection of files that exist only (CVE-2026-25725): another case',
    paths: [
      '.CLAUDE/settings.json',
      'Claude.MD',
      'MAKEFILE',
      '.VsCode/tasks.json',
      '.GitHub/Workflows/x.yml',
      'PACKAGE.json',
    ],
  }),
  absent({
    id: 'config-hidden-letters',
    claim: files('such file spelled with invisible letters'),
    attack: 'put invisible letters into such names',
    source: 'git: is_hfs_dotgit (CVE-2014-9390)',
    paths: ['.cl\u200Baude/settings.json', '.vs\u200Ccode/tasks.json', 'Make\u00ADfile', 'AGENTS\u2060.md'],
  }),
  obeyed({
    id: 'config-present',
    claim: files('change of such a file'),
    attack: 'change such files that are there',
    source: 'create if absent (CVE-2026-25725)',
    leaves: (t, nonce) => {
      for (const path of PRESENT) leave(t, `present/${path}`, textFor(path, nonce));
    },
  }),
  obeyed({
    id: 'config-renamed',
    claim: files('such file that had another name'),
    attack: 'rename a folder to such a name',
    source: 'protection of files that exist only (CVE-2026-25725): rename over',
    leaves: (t, nonce, id) => {
      const dir = inCorner(t, placeOf(id));
      for (const [from, to] of RENAMED) {
        leave(t, `${placeOf(id)}/${from}/settings.json`, textFor('x.json', nonce));
        leave(t, `${placeOf(id)}/${from}/tasks.json`, textFor('x.json', nonce));
        renameSync(join(dir, from), join(dir, to));
      }
    },
  }),
  obeyed({
    id: 'config-linked',
    claim: files('file that such a name leads to'),
    attack: 'make such names links to other files',
    source: 'symlinks out of the workspace (CVE-2026-39861); create if absent (CVE-2026-25725)',
    leaves: (t, nonce, id) => {
      const dir = inCorner(t, placeOf(id));
      for (const [link, target] of LINKS) {
        mkdirSync(dirname(join(dir, link)), { recursive: true });
        symlinkSync(target, join(dir, link));
      }
      for (const path of BEHIND_LINKS) leave(t, `${placeOf(id)}/${path}`, textFor(path, nonce));
    },
  }),
];
