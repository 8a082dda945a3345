import type { KnownSecret } from './finding.ts';
import { Guesses } from './known/guesses.ts';
import { Pieces } from './known/pieces.ts';

/** What is remembered of what has left a bottle: whenever a secret is renewed, there is a new inspector, which goes on from it. */
export class Memory {
  readonly pieces = new Pieces();
  readonly guesses = new Guesses();
  #known: readonly KnownSecret[] = [];

  /** Takes these for all that is known. Gives them as the objects that pieces of them are remembered by. */
  know(secrets: readonly KnownSecret[]): readonly KnownSecret[] {
    const before = new Map(this.#known.map((secret) => [keyOf(secret), secret]));
    this.#known = secrets.map((secret) => before.get(keyOf(secret)) ?? secret);
    return this.#known;
  }
}

function keyOf({ kind, name, value }: KnownSecret): string {
  return JSON.stringify([kind, name, value]);
}
