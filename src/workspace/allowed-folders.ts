import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { cacheDir, configDir, stateDir } from '../host/paths.ts';

/** Which folders of a host may be an agent's workspace. Pure, but for the look at this host. */

export interface HostFolders {
  readonly home: string;
  /** Where bot-bottle keeps its own files. */
  readonly own: readonly string[];
}

/** The folders of this host, as absolute paths. @throws Error when the home folder does not exist */
export const thisHost = (): HostFolders => ({
  home: realpathSync(homedir()),
  own: [stateDir(), configDir(), cacheDir()],
});

/** Never mounted, and nothing in them either. */
const SYSTEM_FOLDERS = [
  'bin boot dev etc lib lib32 lib64 proc run sbin sys usr',
  'var/run var/lib/docker var/lib/containers var/lib/containerd',
].flatMap((names) => names.split(' '));
/** Folders of the home folder that hold what logs in, or what runs by itself. */
const PRIVATE_FOLDERS = [
  '.ssh .gnupg .aws .azure .kube .docker .config .mozilla .password-store .local/bin',
].flatMap((names) => names.split(' '));

/** Why a folder is not copied for an agent; undefined where it may be. Its path must be free of symlinks. */
export function whyNotCopied(folder: string, host: HostFolders): string | undefined {
  if (contains(folder, host.home)) return 'the home folder is in it';
  return host.own.some((own) => contains(folder, own)) ? 'bot-bottle’s own files are in it' : undefined;
}

/** Why a folder is never mounted; undefined where it may be. Its path must be free of symlinks. */
export function whyNotMounted(folder: string, host: HostFolders): string | undefined {
  const reason = whyNotCopied(folder, host);
  if (reason !== undefined) return reason;
  const system = SYSTEM_FOLDERS.find((name) => contains(`/${name}`, folder));
  if (system !== undefined) return `it belongs to the system (/${system})`;
  const secret = PRIVATE_FOLDERS.find((name) => contains(join(host.home, name), folder));
  return secret === undefined ? undefined : `it is private (~/${secret})`;
}

/** Whether `inner` is `outer`, or lies in it. */
function contains(outer: string, inner: string): boolean {
  const path = relative(outer, inner);
  return path !== '..' && !path.startsWith('../') && !path.startsWith('/');
}
