/**
 * A short wait of a head for its content. Many programs send the two separately, and handling them together costs half.
 * Bytes that arrived during this turn of the event loop are read at the beginning of the next one, and the wait ends
 * after that.
 */
export class Moment {
  #immediate: NodeJS.Immediate | undefined;
  readonly #over: () => void;
  readonly #onTurn = (): void => {
    this.#immediate = setImmediate(this.#over);
  };

  /** `over`: called at the end of the wait. */
  constructor(over: () => void) {
    this.#over = over;
  }

  begin(): void {
    this.#immediate = setImmediate(this.#onTurn);
  }

  /** Cancels the wait. */
  cancel(): void {
    clearImmediate(this.#immediate);
  }
}
