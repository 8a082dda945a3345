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

const linesIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

function notWhole(losses: readonly string[], otherwise: string): NotWhole {
  const why = losses.length === 0 ? [otherwise] : losses.slice(-3);
  const isUnreadable =
    losses.length > 0 && losses.every((line) => UNREADABLE.some((pattern) => pattern.test(line)));
  return { why, isUnreadable };
}
