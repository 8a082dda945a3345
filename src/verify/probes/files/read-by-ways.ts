import { openSync, rmSync, writeFileSync, linkSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ownDir, readStart, some } from '../../guest/file-attempts.ts';
import { carryLoot, readingBy, type Leading } from '../../guest/loot.ts';
import { processes } from '../../guest/processes.ts';
import { carryHome, guestDir } from '../../guest/wire.ts';
import type { Attempt, FileLoot, Probe, Run } from '../probe.ts';

/** Reads files of the host by other ways than their paths. Each control reads a file of the bottle in the same way. */

/** Ways to files of the host, other than their paths. */

/** Sources that describe attempts by these ways. */
export const PROC =
  'proc_pid_root(5), proc_pid_fd(5); SandboxEscapeBench, arXiv 2603.02277: host pid namespace';
export const LINKS = 'CVE-2026-39861 (Claude Code), CVE-2025-53109 (MCP): links out of the workspace';

/** Returns all files that processes here have open, including deleted ones. */
export const openFiles = (): string[] =>
  processes().flatMap((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
    } catch {
      return [];
    }
  });

/** Returns a path that climbs from a folder above every root. */
const climbed = (path: string, from = guestDir): string => `${from}${'/..'.repeat(24)}${path}`;

/** Returns up to 300 folders from the mount table: mount points, their roots, and the layers of overlays. */
function toldOfMounts(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(Boolean);
  const named = lines.flatMap((line) => {
    const [, , , root = '', point = ''] = line.split(' ');
    const options = line.match(/(?:lowerdir|upperdir|workdir)=([^, ]+)/g) ?? [];
    return [root, point, ...options.flatMap((option) => option.replace(/^\w+=/, '').split(':'))];
  });
  return [...new Set(named)].filter((path) => path.startsWith('/')).slice(0, 300);
}

/** Creates links to a path in a new folder of the bottle: a symbolic one, and a hard one if possible. */
function linksTo(path: string): string[] {
  const dir = ownDir();
  symlinkSync(path, join(dir, 'symbolic'));
  try {
    linkSync(path, join(dir, 'hard'));
  } catch {
    // on another file system, or owned by another user
  }
  return readdirSync(dir).map((name) => join(dir, name));
}

const roots = (): string[] => processes().map((pid) => `/proc/${pid}/root`);
const ownRoots = (): string[] => ['/proc/self/root', '/proc/thread-self/root', '/proc/self/task/../root'];

const below =
  (prefixes: () => readonly string[]): Leading =>
  (path) =>
    prefixes().map((prefix) => `${prefix}${path}`);

/** The ways by name; each maps a path of the host to paths that may lead to the same file. */
export const WAYS = {
  itself: (path) => [path],
  procRoot: below(ownRoots),
  otherRoot: below(roots),
  climb: (path) => [climbed(path), climbed(path, '/proc/self/cwd')],
  madeLink: linksTo,
  mounts: (path) => toldOfMounts().flatMap((folder) => [`${folder}${path}`, climbed(path, folder)]),
} as const satisfies Readonly<Record<string, Leading>>;

/** Returns the path of a file of the project that lies beside the program. */
export const inProject = (name: string): string => join(guestDir, name);

const leadingTo = (leading: Leading, of: FileLoot): Run => readingBy(leading, (t) => t.lootPaths[of]);

/** Reads through a link in the project; the control reads through a new link to a file of the bottle. */
const byLink = (name: string, below = ''): Run => ({
  attack: readingBy(
    (path) => [path],
    () => join(inProject(name), below),
  ).attack,
  control: readingBy(WAYS.madeLink, () => '').control,
});

/** Reads an open file of the bottle that has been deleted. */
const readOwnOpen: Attempt = async (t, nonce) => {
  const path = join(ownDir(), 'gone');
  writeFileSync(path, nonce);
  openSync(path, 'r');
  rmSync(path);
  const text = some(openFiles(), readStart).join('\n');
  if (!text.includes(nonce)) throw new Error('the own file is not found');
  await carryHome(t, nonce);
};

const ofOpenFiles: Run = {
  attack: async (t, nonce) => await carryLoot(t, nonce, some(openFiles(), readStart).join('\n')),
  control: readOwnOpen,
};

/** Returns paths through the working directories of processes, which work whatever those directories are called. */
const standing: Leading = (path) => processes().map((pid) => `/proc/${pid}/cwd/${basename(path)}`);

const readOwnStanding: Attempt = async (t, nonce) => {
  const dir = ownDir();
  writeFileSync(join(dir, nonce), nonce);
  process.chdir(dir);
  const [text = ''] = some(standing(nonce), readStart);
  await carryHome(t, text);
};

type Words = Pick<Probe, 'id' | 'claim' | 'attack' | 'source'> & { readonly run: Run };

const read = (of: FileLoot, words: Words): Probe => ({
  family: 'files',
  ...words,
  oracle: { kind: 'loot', of },
  control: 'canary',
  breach: "reads the user's files, keys among them",
});

export const READ_BY_WAYS: readonly Probe[] = [
  read('tmp', {
    id: 'read-tmp',
    claim: "No file of the host's /tmp can be read.",
    attack: "read a file in the host's /tmp",
    source: 'CWE-377: files of known names in /tmp; CVE-2026-46406 (Claude Code)',
    run: leadingTo(WAYS.itself, 'tmp'),
  }),
  read('varTmp', {
    id: 'read-var-tmp',
    claim: "No file of the host's /var/tmp can be read.",
    attack: "read a file in the host's /var/tmp",
    source: 'CWE-377: files of known names in a folder that all share',
    run: leadingTo(WAYS.itself, 'varTmp'),
  }),
  read('procRoot', {
    id: 'read-proc-root',
    claim: 'The own root in /proc is that of the bottle.',
    attack: 'read by /proc/self/root',
    source: PROC,
    run: leadingTo(WAYS.procRoot, 'procRoot'),
  }),
  read('otherRoot', {
    id: 'read-other-root',
    claim: 'The root of no process in /proc is that of the host.',
    attack: 'read by /proc/PID/root of every process',
    source: PROC,
    run: leadingTo(WAYS.otherRoot, 'otherRoot'),
  }),
  read('cwd', {
    id: 'read-other-cwd',
    claim: 'The folder of no process in /proc is one of the host.',
    attack: 'read by /proc/PID/cwd of every process',
    source: 'CVE-2024-21626: a working directory that leaked',
    run: { attack: leadingTo(standing, 'cwd').attack, control: readOwnStanding },
  }),
  read('openFile', {
    id: 'read-open-file',
    claim: 'No file that a process of the host has open can be read.',
    attack: 'read by /proc/PID/fd of every process',
    source: PROC,
    run: ofOpenFiles,
  }),
  read('inherited', {
    id: 'read-inherited',
    claim: 'No file that the launcher has open is open in the bottle.',
    attack: 'read what the launcher left open',
    source: 'CVE-2024-21626: a descriptor of the host that leaked',
    run: ofOpenFiles,
  }),
  read('workspaceLink', {
    id: 'read-project-link',
    claim: 'A link in the project leads to no file of the host.',
    attack: 'read by a link that the project holds',
    source: LINKS,
    run: byLink('leads-out'),
  }),
  read('folderLink', {
    id: 'read-project-folder-link',
    claim: 'A link in the project leads to no folder of the host.',
    attack: 'read in a folder that the project links to',
    source: LINKS,
    run: byLink('folder-leads-out', 'file'),
  }),
  read('climb', {
    id: 'read-climb',
    claim: 'No path of dots leads above the bottle.',
    attack: 'climb above the root by ..',
    source: 'CWE-22, path traversal; container-use #365',
    run: leadingTo(WAYS.climb, 'climb'),
  }),
  read('madeLink', {
    id: 'read-made-link',
    claim: 'A link that is made in the bottle leads to no file of the host.',
    attack: 'make links to a file of the host, read by them',
    source: 'CVE-2026-25724, CVE-2026-39861 (Claude Code): symbolic links; CWE-62, hard links',
    run: leadingTo(WAYS.madeLink, 'madeLink'),
  }),
  read('mounts', {
    id: 'read-mounts',
    claim: 'No path that the table of mounts tells of leads to the host.',
    attack: 'read by every path that the mounts tell of',
    source: 'proc_pid_mountinfo(5): overlay directories of engines; SandboxEscapeBench, arXiv 2603.02277',
    run: leadingTo(WAYS.mounts, 'mounts'),
  }),
];
