import type { RunResult } from '../../../host/run.ts';

/** What came of bringing a machine's files out, by what the programs said that did it: a code alone tells too little. Pure. */

/** Why it is not whole. Undefined: all is out. */
export interface NotWhole {
  readonly why: readonly string[];
  /** What the machine gave cannot be read, now or later. All else may be this host's: nothing is lost, and it is tried again. */
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
 * What debugfs(8) and e2fsck(8) say of a file system that its machine has destroyed: the error table of e2fsprogs (ext2_err.et). A
 * host's own faults (no room, no rights, no memory) are not among them.
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
/** Devices are the machine's root's own; here nobody can make them, and nobody misses them. */
const NO_LOSS = [
  /: Cannot mknod: Operation not permitted$/,
  /^tar: Exiting with failure status due to previous errors$/,
];

/** Of tar(1), whose code 2 says that anything at all went wrong. */
export function tarOutcome({ exitCode, stderr }: Said): NotWhole | undefined {
  const losses = linesIn(stderr).filter((line) => !NO_LOSS.some((pattern) => pattern.test(line)));
  return exitCode === 0 || (exitCode === 2 && losses.length === 0)
    ? undefined
    : notWhole(losses, `tar ended with ${exitCode ?? 'a signal'}`);
}

/** debugfs(8) ends with 0 whatever happened, and names itself first. Owners cannot be set here, and need not be. */
const HARMLESS = [
  /^debugfs \d/,
  /: (?:Operation not permitted|Invalid argument) while changing ownership of /,
];

/** Of debugfs. */
export function debugfsOutcome({ exitCode, stderr }: Said): NotWhole | undefined {
  const losses = linesIn(stderr).filter((line) => !HARMLESS.some((pattern) => pattern.test(line)));
  return exitCode === 0 && losses.length === 0
    ? undefined
    : notWhole(losses, `debugfs ended with ${exitCode ?? 'a signal'}`);
}

/** A name with a slash in it leads out of the folder that debugfs writes to: it joins names as they stand. */
const ILLEGAL_NAME = /^Entry .* has illegal characters in its name/;
/** 0: nothing is wrong; 4: something is, as in any file system whose journal was not played back. */
const CHECKED: ReadonlySet<number | undefined> = new Set([0, 4]);

/** Of e2fsck -n, which is asked about the names alone. Undefined: there is none that leads elsewhere. */
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
