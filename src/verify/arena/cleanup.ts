/** What must be undone, in reverse order: AsyncDisposableStack of ECMAScript 2026, as far as Node 20 needs it. */
export class Cleanup implements AsyncDisposable {
  #steps: (() => unknown)[] = [];

  /** Adds a step. */
  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Takes over all steps of another, which then has none. */
  takeOver(other: Cleanup): void {
    this.#steps.push(...other.#steps);
    other.#steps = [];
  }

  /** Undoes all, the last first; a step that fails does not keep the others from running. Throws the first failure. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0).toReversed()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
