/**
 * All exit codes. A failure that a user can meet is a `BottleError` with one of these codes; any other exception is a bug and
 * exits with `bug`.
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
  /** Evidence, one line each: attempts, readings, the offending text. */
  readonly details?: readonly string[];
  /** The next step for the user: a command to type or a line to change. */
  readonly fix: string;
  readonly cause?: unknown;
}

/** Fix for a bug in bot-bottle, which the user cannot repair. The error's details are printed above the fix. */
export const REPORT_IT = 'this is a bug in bot-bottle: please report it with the lines above';

/** Fix for a host or a rung that did not do what bot-bottle requested. */
export const DOCTOR_OR_REPORT =
  'run bot-bottle doctor; if it says ready, please report this with the lines above';

/** Fix for an operation that timed out, or that failed without a useful reason. */
export const AGAIN_OR_REPORT =
  'try again when this host is less busy; if it still fails, please report it with the lines above';

/** Fix for a bottle whose agent has ended. */
export const HAS_ENDED =
  'its agent has ended: bot-bottle ls lists the running bottles, bot-bottle start AGENT starts a new one';

/** Fix for a bottle that existed a moment ago. */
export const SEE_LS = 'bot-bottle ls shows whether the bottle still runs';

/** Fix for a failed program whose output is quoted in `details`. */
export const AS_IT_SAYS =
  'fix the problem in the lines above and try again; if they name none, please report it';

/** A failure that the user can understand and repair. `message` says what happened, `fix` says what to do next. */
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

/** The exit code for a thrown value: the code of a `BottleError`, `bug` for anything else. */
export function exitCodeOf(error: unknown): number {
  return error instanceof BottleError ? EXIT_CODES[error.code] : EXIT_CODES.bug;
}

/** The message of a thrown value, for errors that quote a cause. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message and the details of a thrown value, one line each. */
export function linesOf(error: unknown): string[] {
  return [reasonOf(error), ...(error instanceof BottleError ? error.details : [])];
}

/** The code of a failed system call: the name of its errno(3), or another code of Node's. Undefined for other failures. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
