/** Steps that undo things, run in reverse order: as much of AsyncDisposableStack (ECMAScript 2026) as Node 20 needs. */
export class Cleanup implements AsyncDisposable {
  #steps: (() => unknown)[] = [];

  /** Adds a step. */
  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Takes over all steps of another `Cleanup`, and empties it. */
  takeOver(other: Cleanup): void {
    this.#steps.push(...other.#steps);
    other.#steps = [];
  }

  /** Runs all steps, the last first; a step that fails does not stop the others. Throws the first failure. */
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
