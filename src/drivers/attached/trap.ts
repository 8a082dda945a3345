/** A behaviour of an engine's client that differs from what users of Docker expect. */
export interface Trap {
  readonly id: string;
  /** Versions known to behave so. */
  readonly versions: string;
  /** A place in the client's own repository, unless it names another. */
  readonly source: string;
  readonly what: string;
  readonly weDo: string;
}
