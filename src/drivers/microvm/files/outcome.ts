import type { RunResult } from '../../../host/run.ts';

/**
 * Derives the outcome of a bring-out from what the programs printed, because an exit code alone says too little. Pure.
 */

/** Why the result is incomplete. Functions return undefined for a complete one. */
export interface NotWhole {
  readonly why: readonly string[];
  /**
   * The machine's data is unreadable for good. Any other failure may be this host's: no data is lost, and bot-bottle
   * tries again.
   */
  readonly isUnreadable: boolean;
}

type Said = Pick<RunResult, 'exitCode' | 'stderr'>;

const UNREADABLE = [
  /^tar: (?:Unexpected EOF in archive|This does not look like a tar archive|Skipping to next header)$/,
  /^tar: Error is not recoverable: exiting now$/,
  /^tar: Exiting with failure status due to previous errors$/,
  /: Bad magic number in super-block while opening /,
  /: File not found by ext2_lookup$/,
];
/**
 * Messages of debugfs(8) and e2fsck(8) about a file system that its machine has destroyed, from the error table of
 * e2fsprogs (ext2_err.et). It excludes faults of the host (no space, no permission, no memory).
 */
const DESTROYED = [
  /^[^:]*: Filesystem not open$/,
  /[Mm]agic number/,
  /superblock (?:is corrupt|could not be read|checksum)/,
  /[Cc]hecksum does not match/,
  /\b[Cc]orrupt(?:ed)?\b/,
  /Illegal (?:block|inode|\w+ indirect)/,
  /group descriptor/i,
  /Filesystem (?:revision too high|has unsupported)/,
  /resulted in short read/,
  /Can't read (?:an?|next) (?:block|inode)/,
  /inode is not a directory/,
];
/** Device files belong to the machine's root. This host cannot create them here, and no user needs them. */
const NO_LOSS = [
  /: Cannot mknod: Operation not permitted$/,
  /^tar: Exiting with failure status due to previous errors$/,
];

/** Reads the outcome of tar(1). Its exit code 2 covers every kind of error. */
export function tarOutcome({ exitCode, stderr }: Said): NotWhole | undefined {
  const losses = linesIn(stderr).filter((line) => !NO_LOSS.some((pattern) => pattern.test(line)));
  return exitCode === 0 || (exitCode === 2 && losses.length === 0)
    ? undefined
    : notWhole(losses, `tar ended with ${exitCode ?? 'a signal'}`);
}

/** debugfs(8) prints its name first, and exits with 0 even after errors. It cannot set owners here, and need not. */
const HARMLESS = [
  /^debugfs \d/,
  /: (?:Operation not permitted|Invalid argument) while changing ownership of /,
];

/** Reads the outcome of debugfs. */
export function debugfsOutcome({ exitCode, stderr }: Said): NotWhole | undefined {
  const losses = linesIn(stderr).filter((line) => !HARMLESS.some((pattern) => pattern.test(line)));
  return exitCode === 0 && losses.length === 0
    ? undefined
    : notWhole(losses, `debugfs ended with ${exitCode ?? 'a signal'}`);
}

/** debugfs joins names without a check, so a name with a slash leads out of its output folder. */
const ILLEGAL_NAME = /^Entry .* has illegal characters in its name/;
/** Exit codes of a finished check. 0: no error; 4: errors left, as in any file system with an unreplayed journal. */
const CHECKED: ReadonlySet<number | undefined> = new Set([0, 4]);

/** Reads only the findings about names from `e2fsck -n`. Returns undefined where no name leads elsewhere. */
export function namesOutcome({ exitCode, stdout, stderr }: RunResult): NotWhole | undefined {
  const illegal = linesIn(stdout).filter((line) => ILLEGAL_NAME.test(line));
  if (illegal.length > 0) return { why: illegal.slice(0, 3), isUnreadable: true };
  if (CHECKED.has(exitCode)) return undefined;
  const said = linesIn(`${stdout}\n${stderr}`).filter((line) => /while|[Cc]orrupt|magic/.test(line));
  return notWhole(said, `e2fsck ended with ${exitCode ?? 'a signal'}`);
}

const linesIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

function notWhole(losses: readonly string[], otherwise: string): NotWhole {
  const why = losses.length === 0 ? [otherwise] : losses.slice(-3);
  const isUnreadable =
    losses.length > 0 &&
    losses.every((line) => [...UNREADABLE, ...DESTROYED].some((pattern) => pattern.test(line)));
  return { why, isUnreadable };
}
