/**
 * The one table of exit codes. A failure that a user can meet is a `BottleError` with one of these codes;
 * anything else that is thrown is a bug and exits with `bug`.
 */
export const EXIT_CODES = {
  ok: 0,
  bug: 1,
  usage: 2,
  manifest: 3,
  wouldLoseWork: 4,
  dependencyMissing: 5,
  rungUnavailable: 6,
  policy: 7,
  verifyFailed: 8,
} as const;

export type ErrorCode = Exclude<keyof typeof EXIT_CODES, 'ok' | 'bug'>;

export interface ErrorDetails {
  /** What was found, line by line: attempts, readings, the offending text. */
  readonly details?: readonly string[];
  /** What to do next: a command to type or a line to change. */
  readonly fix: string;
  readonly cause?: unknown;
}

/** Of what the user cannot mend: a fault of this program. What is printed with a fix stands above it. */
export const REPORT_IT = 'this should not have happened; please report it with the lines above';

/** Of what this host, or a rung of it, did not do as it was asked. */
export const DOCTOR_OR_REPORT =
  'bot-bottle doctor; where it says ready, please report this with the lines above';

/** Of what was too slow, or ended without a reason that helps. */
export const AGAIN_OR_REPORT =
  'try again when this host has less to do; where it stays so, please report it with the lines above';

/** Of a bottle whose agent has ended. */
export const HAS_ENDED =
  'its agent has ended meanwhile: bot-bottle ls lists what runs, bot-bottle start AGENT makes another';

/** Of a bottle that was there a moment ago. */
export const SEE_LS = 'bot-bottle ls shows whether the bottle still runs';

/** Of a program whose own words are quoted in `details`. */
export const AS_IT_SAYS =
  'mend what the lines above say, then try again; where they say nothing, please report it';

/** A failure that the user can understand and mend. `message` says what is wrong, `fix` what to do. */
export class BottleError extends Error {
  override readonly name = 'BottleError';
  readonly code: ErrorCode;
  readonly details: readonly string[];
  readonly fix: string;

  constructor(code: ErrorCode, message: string, more: ErrorDetails) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.code = code;
    this.details = more.details ?? [];
    this.fix = more.fix;
  }
}

/** The exit code for anything that was thrown: the table's for a `BottleError`, `bug` for the rest. */
export function exitCodeOf(error: unknown): number {
  return error instanceof BottleError ? EXIT_CODES[error.code] : EXIT_CODES.bug;
}

/** One line about anything that was thrown, for messages that quote a cause. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same with a `BottleError`'s details, for an error that quotes all of another. */
export function linesOf(error: unknown): string[] {
  return [reasonOf(error), ...(error instanceof BottleError ? error.details : [])];
}

/** What the kernel said of a failed call: the name of its errno(3), or of another code that Node gives. Undefined for other failures. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
