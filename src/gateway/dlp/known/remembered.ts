/** Of the memory, one text may take so much. */
const SHARE = 1 / 32;

/** What came of texts that were looked at, so that what is sent again and again is looked at once. */
export class Remembered<T> {
  readonly #maxCharacters: number;
  /** What was used lately is young; what is not used while another generation grows up is forgotten. */
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #characters = 0;

  /** Of up to two generations of so many characters each. */
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
