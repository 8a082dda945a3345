import { BottleError } from '../../errors.ts';

/** Of an engine that does not do its part. */
export const SEE_ENGINE =
  'see whether the engine is well (bot-bottle doctor, and its own log), then try again';

/** Of a call that it refused, for a reason that is the message. */
const MEND =
  'the line above is the engine’s own: mend what it names; what this host can run: bot-bottle doctor';

/** An engine refused a call, or gave no answer. Where a driver knows what that means, it says so instead. */
export class EngineError extends BottleError {
  /** The HTTP status; undefined when there was no answer at all. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, cause?: unknown) {
    const isRefused = status !== undefined && status < 500;
    super('dependencyMissing', message, { cause, fix: isRefused ? MEND : SEE_ENGINE });
    this.status = status;
  }
}

/** Whether what was asked for is not there. */
export const isNotFound = (error: unknown): boolean => error instanceof EngineError && error.status === 404;

/** Whether the thing is there already, or in the wrong state for the call. */
export const isConflict = (error: unknown): boolean => error instanceof EngineError && error.status === 409;
