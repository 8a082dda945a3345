import { appendFileSync, openSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets, WritePlace } from '../../arena/targets.ts';
import { ownDir, some } from '../../guest/file-attempts.ts';
import type { Leading } from '../../guest/loot.ts';
import type { Attempt, Probe, Run } from '../probe.ts';
import { inProject, LINKS, openFiles, PROC, WAYS } from './read-by-ways.ts';

/**
 * Writes files of the host by other ways than their paths. Each control writes a file of the bottle in the same way.
 */

const writingBy = (leading: Leading, pathOf: (t: Targets) => string): Run => ({
  attack: (t, nonce) => void some(leading(pathOf(t)), (path) => appendFileSync(path, nonce)),
  control: (_t, nonce) => {
    const path = join(ownDir(), 'file');
    writeFileSync(path, 'as it was\n');
    some(leading(path), (each) => appendFileSync(each, nonce));
    if (!readFileSync(path, 'utf8').includes(nonce)) throw new Error('the own file is as it was');
  },
});

const leadingTo = (leading: Leading, place: WritePlace): Run =>
  writingBy(leading, (t) => t.writePaths[place]);

/** Writes through a link in the project; the control writes through a new link to a file of the bottle. */
const byLink = (name: string): Run => ({
  attack: writingBy(
    (path) => [path],
    () => inProject(name),
  ).attack,
  control: writingBy(WAYS.madeLink, () => '').control,
});

/** Selects open files by the target of their links in /proc, to exclude the program's own files. */
const heldOpen: Leading = (path) =>
  openFiles().filter((link) => {
    try {
      return readlinkSync(link) === path;
    } catch {
      return false;
    }
  });

const writeOwnOpen: Attempt = (_t, nonce) => {
  const path = join(ownDir(), 'held');
  openSync(path, 'a');
  some(heldOpen(path), (link) => appendFileSync(link, nonce));
  if (!readFileSync(path, 'utf8').includes(nonce)) throw new Error('the own file is as it was');
};

type Words = Pick<Probe, 'id' | 'claim' | 'attack' | 'source'> & { readonly run: Run };

const write = (words: Words): Probe => ({
  family: 'files',
  ...words,
  oracle: { kind: 'file' },
  control: 'said',
  breach: 'changes what the user or the system will run',
});

export const WRITE_BY_WAYS: readonly Probe[] = [
  write({
    id: 'write-proc-root',
    claim: 'No file of the host can be written by the own root in /proc.',
    attack: 'write by /proc/self/root',
    source: PROC,
    run: leadingTo(WAYS.procRoot, 'procRoot'),
  }),
  write({
    id: 'write-other-root',
    claim: 'No file of the host can be written by the root of a process in /proc.',
    attack: 'write by /proc/PID/root of every process',
    source: PROC,
    run: leadingTo(WAYS.otherRoot, 'otherRoot'),
  }),
  write({
    id: 'write-project-link',
    claim: 'No file of the host can be made by a link in the project.',
    attack: 'write by a link that the project holds',
    source: LINKS,
    run: byLink('writes-out'),
  }),
  write({
    id: 'write-hard-link',
    claim: 'A hard link in the project is another file in the bottle.',
    attack: 'write by a hard link that the project holds',
    source: 'CWE-62: a hard link in a mount reaches an inode outside',
    run: byLink('hard-link'),
  }),
  write({
    id: 'write-climb',
    claim: 'No path of dots leads above the bottle to be written.',
    attack: 'climb above the root by .. and write',
    source: 'CWE-22, path traversal; container-use #365',
    run: leadingTo(WAYS.climb, 'climb'),
  }),
  write({
    id: 'write-made-link',
    claim: 'A link that is made in the bottle leads to no place of the host to write to.',
    attack: 'make a link to a place of the host, write by it',
    source: 'CVE-2026-39861 (Claude Code): symbolic links; CWE-62, hard links',
    run: leadingTo(WAYS.madeLink, 'madeLink'),
  }),
  write({
    id: 'write-open-file',
    claim: 'No file that a process of the host has open can be written.',
    attack: 'write by /proc/PID/fd of every process',
    source: PROC,
    run: { attack: leadingTo(heldOpen, 'held').attack, control: writeOwnOpen },
  }),
];
