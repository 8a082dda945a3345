import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cacheDir, configDir, homeDir, stateDir } from '../host/paths.ts';
import { realPlace } from './links/hops.ts';
import { ownProgram, type OwnProgram } from './executed/own-program.ts';

/** Decides which folders of a host may be an agent's workspace. Pure, except `thisHost`, which inspects this host. */

/** Absolute paths, free of symlinks. */
export interface HostFolders {
  readonly home: string;
  /** The folders of bot-bottle's own files. */
  readonly own: readonly string[];
  /** The part of `own` that no mounted folder may lie in: bot-bottle's configuration, and its state of all bottles. */
  readonly closed: readonly string[];
  /** Folders of credentials, or of files that run by themselves; symlinks to them are resolved. */
  readonly private: readonly { readonly name: string; readonly path: string }[];
  /** The files that bot-bottle itself runs from. */
  readonly program: OwnProgram;
  readonly isMac: boolean;
  /** Whether the file system ignores case in names, as APFS does by default. */
  readonly ignoresCase: boolean;
}

/**
 * Returns the folders of this host. Follows symlinks to them and in bot-bottle's configuration folder: dotfiles often
 * lie elsewhere.
 */
export function thisHost(): HostFolders {
  const home = realPlace(homeDir());
  const isMac = existsSync('/System/Library');
  const obeyed = entriesOf(configDir()).map((name) => join(configDir(), name));
  const closed = [stateDir(), configDir(), ...obeyed].map(realPlace);
  return {
    home,
    own: [...closed, realPlace(cacheDir())],
    closed,
    private: [...PRIVATE_FOLDERS, ...(isMac ? MACOS.private.split(' ') : [])].map((name) => ({
      name,
      path: realPlace(join(home, name)),
    })),
    program: ownProgram(),
    isMac,
    ignoresCase: isSamePlace(home, home.toUpperCase()),
  };
}

function isSamePlace(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return one !== other && a !== undefined && a.dev === b?.dev && a.ino === b.ino;
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Folders that are never mounted, nor anything in them. */
const SYSTEM_FOLDERS = [
  'bin boot dev etc lib lib32 lib64 proc run sbin sys usr',
  'var/run var/lib/docker var/lib/containers var/lib/containerd',
].flatMap((names) => names.split(' '));
/** Relative to the home folder. */
const PRIVATE_FOLDERS = [
  '.ssh .gnupg .aws .azure .kube .docker .config .mozilla .password-store .local/bin',
].flatMap((names) => names.split(' '));

/** The additions for macOS: /etc and /var are links there, and ~/Library holds what macOS runs or unlocks by itself. */
const MACOS = {
  system:
    'System Library Applications opt/homebrew private/etc private/var/db private/var/run private/var/root',
  private: 'Library',
};

/**
 * Returns why a folder must not be copied for an agent, or undefined if it may be. `folder` must be free of symlinks.
 */
export function whyNotCopied(folder: string, host: HostFolders): string | undefined {
  const contains = containsOn(host);
  if (contains(folder, host.home)) return 'the home folder is in it';
  return host.own.some((own) => contains(folder, own)) ? 'bot-bottle’s own files are in it' : undefined;
}

/** Returns why a folder must not be mounted, or undefined if it may be. `folder` must be free of symlinks. */
export function whyNotMounted(folder: string, host: HostFolders): string | undefined {
  const reason = whyNotCopied(folder, host);
  if (reason !== undefined) return reason;
  const contains = containsOn(host);
  const system = [...SYSTEM_FOLDERS, ...(host.isMac ? MACOS.system.split(' ') : [])].find((name) =>
    contains(`/${name}`, folder),
  );
  if (system !== undefined) return `it belongs to the system (/${system})`;
  if (host.closed.some((own) => contains(own, folder))) return 'it belongs to bot-bottle itself';
  const { rootPath, otherPaths } = host.program;
  const run = [rootPath, ...otherPaths].find((path) => contains(folder, path));
  if (run !== undefined || contains(rootPath, folder))
    return `bot-bottle itself runs from it (${run ?? rootPath}): the agent could change what runs on this host next`;
  const secret = host.private.find(({ path }) => contains(path, folder) || contains(folder, path));
  return secret === undefined ? undefined : `it is private (~/${secret.name})`;
}

/** Whether `inner` equals `outer` or lies in it, with names compared as the host's file system compares them. */
const containsOn =
  ({ ignoresCase }: HostFolders) =>
  (outer: string, inner: string): boolean => {
    const [from, to] = [outer, inner].map((path) => (ignoresCase ? path.toLowerCase() : path));
    const path = relative(from ?? '', to ?? '');
    return path !== '..' && !path.startsWith('../') && !path.startsWith('/');
  };
