/** An engine refused a call, or gave no answer. Turned into a `BottleError` at the driver's edge. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  /** The HTTP status; undefined when there was no answer at all. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status;
  }
}

/** Whether what was asked for is not there. */
export const isNotFound = (error: unknown): boolean => error instanceof EngineError && error.status === 404;

/** Whether the thing is there already, or in the wrong state for the call. */
export const isConflict = (error: unknown): boolean => error instanceof EngineError && error.status === 409;
