import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cacheDir, configDir, homeDir, stateDir } from '../host/paths.ts';
import { realPlace } from './links/hops.ts';
import { ownProgram, type OwnProgram } from './executed/own-program.ts';

/** Which folders of a host may be an agent's workspace. Pure, but for the look at this host. */

/** Absolute paths, free of symlinks. */
export interface HostFolders {
  readonly home: string;
  /** Where bot-bottle keeps its own files. */
  readonly own: readonly string[];
  /** Of these, what no folder may be in: what it obeys, and what it has of other bottles. */
  readonly closed: readonly string[];
  /** Folders that hold what logs in, or what runs by itself, wherever they lie. */
  readonly private: readonly { readonly name: string; readonly path: string }[];
  /** Where bot-bottle itself runs from. */
  readonly program: OwnProgram;
  readonly isMac: boolean;
  /** Names that differ in case alone are one, as APFS has it unless somebody chose otherwise. */
  readonly ignoresCase: boolean;
}

/** The folders of this host. Links to them, and in the folder of what bot-bottle obeys, are followed: dotfiles often lie elsewhere. */
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

/** Never mounted, and nothing in them either. */
const SYSTEM_FOLDERS = [
  'bin boot dev etc lib lib32 lib64 proc run sbin sys usr',
  'var/run var/lib/docker var/lib/containers var/lib/containerd',
].flatMap((names) => names.split(' '));
/** Of the home folder. */
const PRIVATE_FOLDERS = [
  '.ssh .gnupg .aws .azure .kube .docker .config .mozilla .password-store .local/bin',
].flatMap((names) => names.split(' '));

/** What macOS has of both, where /etc and /var are links, and what it runs or unlocks by itself lies in ~/Library. */
const MACOS = {
  system:
    'System Library Applications opt/homebrew private/etc private/var/db private/var/run private/var/root',
  private: 'Library',
};

/** Why a folder is not copied for an agent; undefined where it may be. Its path must be free of symlinks. */
export function whyNotCopied(folder: string, host: HostFolders): string | undefined {
  const contains = containsOn(host);
  if (contains(folder, host.home)) return 'the home folder is in it';
  return host.own.some((own) => contains(folder, own)) ? 'bot-bottle’s own files are in it' : undefined;
}

/** Why a folder is never mounted; undefined where it may be. Its path must be free of symlinks. */
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
    return `bot-bottle itself runs from it (${run ?? rootPath}): the agent could change what runs on this computer next`;
  const secret = host.private.find(({ path }) => contains(path, folder) || contains(folder, path));
  return secret === undefined ? undefined : `it is private (~/${secret.name})`;
}

/** Whether `inner` is `outer`, or lies in it, as the host's file system compares names. */
const containsOn =
  ({ ignoresCase }: HostFolders) =>
  (outer: string, inner: string): boolean => {
    const [from, to] = [outer, inner].map((path) => (ignoresCase ? path.toLowerCase() : path));
    const path = relative(from ?? '', to ?? '');
    return path !== '..' && !path.startsWith('../') && !path.startsWith('/');
  };
