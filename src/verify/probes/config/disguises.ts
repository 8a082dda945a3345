import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inCorner, leave } from '../../guest/work.ts';
import type { Probe } from '../probe.ts';
import { absent, files, obeyed, placeOf, textFor } from './obeyed.ts';

/** The same files by another spelling, changed where they are, renamed, and behind a link. */

/** They were in the project before: see src/verify/after/project.ts. */
const PRESENT = ['.claude/settings.json', '.vscode/tasks.json', 'Makefile', 'AGENTS.md', 'package.json'];

const RENAMED = [
  ['plain', '.vscode'],
  ['notes', '.claude'],
] as const;

/** A name that is obeyed leads, inside the project, to one that is not. */
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
