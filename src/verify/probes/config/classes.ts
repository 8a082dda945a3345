import { leave, leaveProgram } from '../../guest/work.ts';
import type { Probe } from '../probe.ts';
import { absent, files, obeyed, placeOf, textFor } from './obeyed.ts';

/** Files that are loaded by tools which no table names: told by what they are, and by where they lie. */

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
    // The second runs nothing by itself: it makes of the folder a package.
    paths: ['unheard.toml', 'package.json', 'unheard', 'tools/unheard.json', 'scripts/deep/unheard.ini'],
  }),
];
