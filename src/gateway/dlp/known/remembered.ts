/** Largest share of the memory that one text may take. */
const SHARE = 1 / 32;

/** Caches results for texts, so that repeated texts are inspected once. */
export class Remembered<T> {
  readonly #maxCharacters: number;
  /** Texts that were used recently. A text that is not used while the next generation fills up is forgotten. */
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #characters = 0;

  /** Holds up to two generations of `maxCharacters` each. */
  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  get(text: string): T | undefined {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const old = this.#old.get(text);
    if (old !== undefined) this.set(text, old);
    return old;
  }

  set(text: string, value: T): void {
    if (text.length > this.#maxCharacters * SHARE) return;
    this.#characters += text.length;
    if (this.#characters > this.#maxCharacters) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#characters = text.length;
    }
    this.#young.set(text, value);
  }
}
