import { linkSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ownDir } from '../../guest/file-attempts.ts';
import type { Leading } from '../../guest/loot.ts';
import { processes } from '../../guest/processes.ts';
import { guestDir } from '../../guest/wire.ts';

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
