import { BottleError } from '../../errors.ts';

/** The fix for an engine that does not work. */
export const SEE_ENGINE =
  'see whether the engine is well (bot-bottle doctor, and its own log), then try again';

/** The fix for a refused call; the error's message is the reason. */
const MEND =
  'the engine wrote the line above: fix the problem it names; bot-bottle doctor lists the rungs of this host';

/** An engine refused a call, or gave no answer. A driver that knows the cause throws a more specific error instead. */
export class EngineError extends BottleError {
  /** The HTTP status; undefined when there was no answer at all. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, cause?: unknown) {
    const isRefused = status !== undefined && status < 500;
    super('dependencyMissing', message, { cause, fix: isRefused ? MEND : SEE_ENGINE });
    this.status = status;
  }
}

/** Whether the engine reports that the object does not exist. */
export const isNotFound = (error: unknown): boolean => error instanceof EngineError && error.status === 404;

/** Whether the object already exists, or is in the wrong state for the call. */
export const isConflict = (error: unknown): boolean => error instanceof EngineError && error.status === 409;
