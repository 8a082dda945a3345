import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Targets } from '../arena/targets.ts';
import { inCorner, leave, leaveProgram, leaving, type Leaves } from '../guest/work.ts';
import type { Probe } from './probe.ts';

/** Attempts through `apply`: it must write plain files in the project, or nothing. */

type Words = Pick<Probe, 'id' | 'claim' | 'attack'> &
  Partial<Pick<Probe, 'closedInTheOpen' | 'oracle' | 'source'>> & {
    readonly leaves: Leaves;
    /** Paths in the corner, if not `files/ID`. */
    readonly at?: readonly string[];
  };

/** Returns a probe whose work, brought back, would land outside the project, or be no plain file. */
const back = ({ leaves, at, ...words }: Words): Probe => ({
  family: 'files',
  oracle: { kind: 'verbs', sees: 'misplaced', ...(at === undefined ? {} : { at }) },
  control: 'back',
  breach: 'writes outside of the project, or leaves something there that is no file of it',
  source: 'traversal on the way out (container-use #365)',
  ...words,
  run: leaving(words.id, leaves),
});

const BY_LINKS = 'symlinks out of the workspace (CVE-2026-39861)';

/** Creates a folder for what a probe brings back. */
function folderOf(t: Targets, id: string): string {
  const dir = inCorner(t, `files/${id}`);
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** Creates links, given as name and target. */
const links =
  (targetsOf: (t: Targets) => readonly (readonly [name: string, target: string])[]): Leaves =>
  (t, _nonce, id) => {
    const dir = folderOf(t, id);
    for (const [name, target] of targetsOf(t)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      symlinkSync(target, join(dir, name));
    }
  };

/** Names that control a terminal, end a line, or contain a separator of other systems. */
const ODD_NAMES = [
  'e\u001B]0;x\u0007',
  'line\nbreak',
  'c\u009Bs',
  '..\\..\\up',
  'a\\..\\b',
  'd\u007Fel',
  'x\r',
];

/** Not UTF-8: programs that treat names as text cannot write such a name. */
const RAW_NAMES = ['\xFF\xFE', '\xC0\xAE\xC0\xAE'];

export const BACK: readonly Probe[] = [
  back({
    id: 'back-link-out',
    claim: 'No link to a path of the host comes back.',
    attack: 'bring back links to paths of the host',
    source: BY_LINKS,
    leaves: links((t) => [
      ['absolute', t.outsideDir],
      ['file', `${t.outsideDir}/kept.txt`],
      ['proc', '/proc/self/root'],
    ]),
  }),
  back({
    id: 'back-link-up',
    claim: 'No link that leads above the project comes back.',
    attack: 'bring back links that lead up (..)',
    source: BY_LINKS,
    leaves: links(() => [
      ['up', '../../../../../../../../outside'],
      ['near', '../../../..'],
      ['deep/up', '../../../../..'],
    ]),
  }),
  back({
    id: 'back-link-chain',
    claim: 'No links that lead out together come back.',
    attack: 'bring back links that lead out together',
    source: BY_LINKS,
    leaves: links(() => [
      ['a', 'b/..'],
      ['b', 'c/../../..'],
      ['c', './x/../../../../..'],
      ['d/e', '../d/../../../..'],
    ]),
  }),
  back({
    id: 'back-link-git',
    claim: 'No link into .git comes back.',
    attack: 'bring back links into .git',
    source: BY_LINKS,
    leaves: links(() => [
      ['hooks', '../../.git/hooks'],
      ['case', '../../.GIT/config'],
      ['own', '.git'],
    ]),
  }),
  back({
    id: 'back-folder-swapped',
    at: ['kept'],
    claim: 'No file is changed behind a folder that became a link.',
    attack: 'put a link in the place of a folder',
    source: BY_LINKS,
    // The link's target now provides the folder's content.
    leaves: (t) => {
      const dir = inCorner(t, 'kept');
      rmSync(dir, { recursive: true });
      symlinkSync(t.outsideDir, dir);
    },
  }),
  back({
    id: 'back-folder-moved',
    at: ['kept-deep'],
    claim: 'No file is changed behind a folder that was moved.',
    attack: 'move a folder, and put a link there',
    source: BY_LINKS,
    // The folder's files are also beside it, so that only the link is new.
    leaves: (t, nonce) => {
      const dir = inCorner(t, 'kept-deep');
      renameSync(join(dir, 'in'), join(dir, 'was'));
      symlinkSync(t.outsideDir, join(dir, 'in'));
      leave(t, 'kept-deep/was/kept.txt', nonce);
    },
  }),
  back({
    id: 'back-fifo',
    at: ['files/back-fifo', 'kept-file'],
    claim: 'No FIFO comes back, nor in the place of a file.',
    attack: 'bring back a FIFO',
    source: 'fifo(7): a reader that waits for ever',
    leaves: (t, _nonce, id) => {
      execFileSync('mkfifo', [join(folderOf(t, id), 'pipe')]);
      // Also replaces a file that was there.
      rmSync(inCorner(t, 'kept-file'), { force: true });
      execFileSync('mkfifo', [inCorner(t, 'kept-file')]);
    },
  }),
  back({
    id: 'back-socket',
    claim: 'No socket comes back.',
    attack: 'bring back a socket',
    source: 'unix(7): a socket that lands on the host',
    leaves: async (t, _nonce, id) => {
      await once(createServer().listen(join(folderOf(t, id), 's')), 'listening');
    },
  }),
  back({
    id: 'back-device',
    claim: 'No device comes back.',
    attack: 'bring back a device node',
    closedInTheOpen: 'only root makes device nodes (mknod(2))',
    source: 'mknod(2): a device node that lands on the host',
    leaves: (t, _nonce, id) =>
      void execFileSync('mknod', [join(folderOf(t, id), 'zero'), 'c', '1', '5'], { stdio: 'pipe' }),
  }),
  back({
    id: 'back-setuid',
    claim: 'No setuid, setgid or sticky bit comes back, nor write access for all.',
    attack: 'bring back a setuid program',
    source: 'chmod(2): a setuid bit that lands on the host',
    leaves: (t, nonce, id) => {
      leaveProgram(t, `files/${id}/tool`, `#!/bin/sh\n# ${nonce}\n`);
      chmodSync(inCorner(t, `files/${id}/tool`), 0o6777);
    },
  }),
  back({
    id: 'back-hard-link',
    claim: 'No two names of one file come back as such.',
    attack: 'bring back hard links',
    source: 'link(2): a hard link to what lies outside',
    leaves: (t, nonce, id) => {
      const one = leave(t, `files/${id}/one`, nonce);
      linkSync(one, join(dirname(one), 'two'));
    },
  }),
  back({
    id: 'back-odd-names',
    claim: 'No name with control characters or backslashes comes back.',
    attack: 'bring back names with escapes, line ends, ..\\',
    source: 'CVE-2021-42574 (Trojan Source): names that hide what they are',
    leaves: (t, nonce, id) => {
      for (const name of ODD_NAMES) leave(t, `files/${id}/${name}`, nonce);
    },
  }),
  back({
    id: 'back-raw-names',
    claim: 'No name that is not UTF-8 comes back.',
    attack: 'bring back names that are not text',
    source: 'names that a shell or a terminal reads otherwise',
    leaves: (t, nonce, id) => {
      const dir = Buffer.from(`${folderOf(t, id)}/`);
      for (const name of RAW_NAMES) symlinkSync(nonce, Buffer.concat([dir, Buffer.from(name, 'latin1')]));
    },
  }),
  back({
    id: 'back-secret',
    claim: 'No file that was left out as a secret is written over.',
    attack: "write over the project's .env",
    oracle: { kind: 'verbs', sees: 'came' },
    source: 'a .env that redirects a tool (CVE-2025-61260)',
    // The copy into the bottle leaves this file out as a secret; the project has a different one.
    leaves: (t, nonce) => void leave(t, '.env', `TOKEN=${nonce}\n`),
  }),
  back({
    id: 'back-staging',
    at: ['.bot-bottle-apply-x', '.bot-bottle-apply-y'],
    claim: 'No folder that apply uses itself can be prepared.',
    attack: "prepare apply's own folder",
    leaves: (t, nonce) => {
      leave(t, '.bot-bottle-apply-x/0', nonce);
      symlinkSync(t.outsideDir, inCorner(t, '.bot-bottle-apply-y'));
    },
  }),
];
