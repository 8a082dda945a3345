import type { KnownSecret } from './finding.ts';
import { Guesses } from './known/guesses.ts';
import { Pieces } from './known/pieces.ts';

/**
 * Remembers the data that has left a bottle. Each renewal of a secret makes a new inspector, which continues with this
 * memory.
 */
export class Memory {
  readonly pieces = new Pieces();
  readonly guesses = new Guesses();
  #known: readonly KnownSecret[] = [];

  /**
   * Sets the known secrets. Returns them as the objects of the previous call if unchanged: `Pieces` remembers parts by
   * object.
   */
  know(secrets: readonly KnownSecret[]): readonly KnownSecret[] {
    const before = new Map(this.#known.map((secret) => [keyOf(secret), secret]));
    this.#known = secrets.map((secret) => before.get(keyOf(secret)) ?? secret);
    return this.#known;
  }
}

function keyOf({ kind, name, value }: KnownSecret): string {
  return JSON.stringify([kind, name, value]);
}
