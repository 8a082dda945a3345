/**
 * The moment that a head waits for what belongs to it: many send the two apart, and together they cost half. What came while this
 * turn of the event loop was at work is read at the beginning of the next, so it is over after that.
 */
export class Moment {
  #immediate: NodeJS.Immediate | undefined;
  readonly #over: () => void;
  readonly #onTurn = (): void => {
    this.#immediate = setImmediate(this.#over);
  };

  /** `over` is called at its end. */
  constructor(over: () => void) {
    this.#over = over;
  }

  begin(): void {
    this.#immediate = setImmediate(this.#onTurn);
  }

  /** It is not needed any more. */
  cancel(): void {
    clearImmediate(this.#immediate);
  }
}
