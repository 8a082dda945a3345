/** What is other with an engine's client than who knows Docker expects. */
export interface Trap {
  readonly id: string;
  /** Versions in which it is so, as far as is known. */
  readonly versions: string;
  /** In the client's own repository, unless it says another place. */
  readonly source: string;
  readonly what: string;
  readonly weDo: string;
}
