/** A listener's report, after it read everything that came before. */
export interface Settled {
  /** Where it listens and how much it read, or why it read nothing, as text. */
  readonly said: string;
  /** Why it may have missed something since the last report; undefined if it missed nothing. */
  readonly missed: string | undefined;
}
