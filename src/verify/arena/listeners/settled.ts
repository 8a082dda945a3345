/** What one who listens can say once all that came before was looked at. */
export interface Settled {
  /** Who listens where and how much was looked at, or why nothing was, in words. */
  readonly said: string;
  /** Why what was not heard since it settled last may have been there all the same; undefined: it was not. */
  readonly missed: string | undefined;
}
