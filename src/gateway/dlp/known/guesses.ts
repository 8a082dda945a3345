import { actionOn, type Actions } from '../actions.ts';
import type { Finding, Stretch } from '../finding.ts';

/**
 * Detects attempts to guess a secret by refusals. An agent that knows the beginning of a secret tries how it continues,
 * and the guess that is refused is right. Each such step reveals bytes of the secret that no step before revealed. An
 * honest history that is refused each turn reveals nothing new. The end of a body that is held back reveals the same to
 * a host that sees how much has arrived.
 */

/**
 * An honest agent's file in pieces takes fewer steps. Each step reveals one character, or three with all their
 * combinations in megabytes of guesses.
 */
const TOO_MANY_STEPS = 8;
/** Longest part that appears at an end by chance. */
const LONGEST_CHANCE = 3;

/** The part of a known value that was found. */
export type Part = Pick<Finding, 'detector' | 'id' | 'fingerprint' | 'stretch'>;

/** The revealed parts of one secret. */
interface Revealed {
  readonly name: string;
  /** By form: 1 for each of its bytes that was refused. */
  readonly forms: Map<string, Uint8Array>;
  steps: number;
  /** Whether all of it was sent: the sender then has nothing left to find out. */
  isWhole: boolean;
}

/**
 * Counts how much of each known secret was refused or overwritten, and whether that is more than in an honest bottle.
 */
export class Guesses {
  /** By fingerprint: a renewed secret starts anew, its old value does not. */
  readonly #secrets = new Map<string, Revealed>();
  #isOver = false;
  #listener: ((name: string) => void) | undefined;

  /** Whether the agent is guessing a secret. Never becomes false again. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sets the listener, which gets the name of that secret, once. */
  onOver(listener: (name: string) => void): void {
    this.#listener = listener;
  }

  /**
   * Counts the new parts in the findings of one inspection. With `warn`, the bytes leave, which reveals nothing. A
   * refusal is one step, however many parts it has. With `redact`, each part is a step, counted in one form of the
   * value.
   */
  note(findings: readonly Part[], actions: Actions): void {
    const action = actionOn('secret', actions);
    if (action === 'warn') this.#noteWhole(findings);
    else
      for (const [revealed, parts] of this.#newIn(findings))
        this.#step(revealed, action === 'redact' ? parts : 1);
  }

  /**
   * Returns a function to call after each inspection of one body. `begun`: the parts that its end waits for;
   * `hasGoneOn`: whether some bytes left. A host that gets the rest sees that a guess was right, even with `warn`. A
   * new part is a step. If the value then continues in the same body, this is no further step, because it was no guess:
   * a user may type it. These bytes do not count as known: in another body they are new.
   */
  ofBody(): (begun: readonly Part[], hasGoneOn: boolean) => void {
    const counted = new Set<Revealed>();
    return (begun, hasGoneOn) => {
      if (hasGoneOn) counted.clear();
      const telling = begun.filter(({ stretch }) => stretch && stretch.to - stretch.from > LONGEST_CHANCE);
      const others = telling.filter(({ fingerprint, id }) => !counted.has(this.#of(fingerprint, id)));
      for (const revealed of this.#newIn(others).keys()) {
        this.#step(revealed, 1);
        counted.add(revealed);
      }
    };
  }

  /** Returns the secrets with new bytes, and for each the number of new parts in the form with the most. */
  #newIn(parts: readonly Part[]): ReadonlyMap<Revealed, number> {
    this.#noteWhole(parts);
    const news = new Map<Revealed, Map<string, number>>();
    for (const { detector, id, fingerprint, stretch } of parts) {
      if (stretch === undefined || detector !== 'secret') continue;
      const revealed = this.#of(fingerprint, id);
      if (revealed.isWhole || !addTo(revealed, stretch)) continue;
      const forms = news.get(revealed) ?? new Map<string, number>();
      news.set(revealed, forms.set(stretch.form, (forms.get(stretch.form) ?? 0) + 1));
    }
    return new Map([...news].map(([revealed, forms]) => [revealed, Math.max(...forms.values())]));
  }

  #noteWhole(parts: readonly Part[]): void {
    for (const { fingerprint, id, stretch } of parts) {
      if (stretch !== undefined && stretch.to - stretch.from === stretch.size)
        this.#of(fingerprint, id).isWhole = true;
    }
  }

  #step(revealed: Revealed, steps: number): void {
    revealed.steps += steps;
    if (revealed.steps < TOO_MANY_STEPS || this.#isOver) return;
    this.#isOver = true;
    this.#listener?.(revealed.name);
  }

  #of(fingerprint: string, name: string): Revealed {
    let revealed = this.#secrets.get(fingerprint);
    if (revealed === undefined)
      this.#secrets.set(fingerprint, (revealed = { name, forms: new Map(), steps: 0, isWhole: false }));
    return revealed;
  }
}

/**
 * Adds a part, and returns whether it has new bytes. It compares bytes, not ends: chunks cut the same text at different
 * places.
 */
function addTo(revealed: Revealed, { form, size, from, to }: Stretch): boolean {
  let bytes = revealed.forms.get(form);
  if (bytes === undefined) revealed.forms.set(form, (bytes = new Uint8Array(size)));
  const isNew = bytes.subarray(from, to).includes(0);
  bytes.fill(1, from, to);
  return isNew;
}
