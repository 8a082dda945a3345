import { actionOn, type Actions } from '../actions.ts';
import type { Finding, Stretch } from '../finding.ts';

/**
 * What refusals tell: who knows the beginning of a secret tries how it goes on, and the one that is refused is right. Each such step
 * has something of the secret in it that none before had; an honest history that is refused each turn has nothing new.
 */

/**
 * So many steps are no honest agent's file in pieces any more. Each tells one character or, with all combinations of them in megabytes
 * of guesses, three.
 */
const TOO_MANY_STEPS = 8;

/** Of one secret. */
interface Told {
  readonly name: string;
  /** By form: which bytes of it have been refused. */
  readonly forms: Map<string, Uint8Array>;
  steps: number;
  /** Whoever sends all of it has nothing left to find out. */
  isWhole: boolean;
}

/** How much of each known secret was refused or overwritten, and whether that is more than an honest bottle's. */
export class Guesses {
  /** By fingerprint, so that a secret that is renewed begins anew and its old value does not. */
  readonly #secrets = new Map<string, Told>();
  #isOver = false;
  #tell: ((name: string) => void) | undefined;

  /** Whether a secret is taken for one that is being found out: it stays so. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Who is told the name of that secret, once. */
  onOver(listener: (name: string) => void): void {
    this.#tell = listener;
  }

  /**
   * Counts what is new in these, which were found in one look. What is only warned of leaves, and tells nothing by that. A refusal tells one
   * thing, however many parts are in it; of what is overwritten each part tells, in one spelling of the value.
   */
  note(findings: readonly Finding[], actions: Actions): void {
    const news = new Map<Told, Map<string, number>>();
    for (const { detector, id, fingerprint, stretch } of findings) {
      if (stretch === undefined || detector !== 'secret' || actionOn(detector, actions) === 'warn') continue;
      const told = this.#of(fingerprint, id);
      if (told.isWhole || !addTo(told, stretch)) continue;
      const forms = news.get(told) ?? new Map<string, number>();
      news.set(told, forms.set(stretch.form, (forms.get(stretch.form) ?? 0) + 1));
    }
    for (const [told, forms] of news) {
      told.steps += actionOn('secret', actions) === 'redact' ? Math.max(...forms.values()) : 1;
      if (told.steps < TOO_MANY_STEPS || this.#isOver) continue;
      this.#isOver = true;
      this.#tell?.(told.name);
    }
  }

  #of(fingerprint: string, name: string): Told {
    let told = this.#secrets.get(fingerprint);
    if (told === undefined)
      this.#secrets.set(fingerprint, (told = { name, forms: new Map(), steps: 0, isWhole: false }));
    return told;
  }
}

/** Whether something of it is new. By bytes, not by ends: where a chunk of a body cuts the same text, it ends elsewhere each time. */
function addTo(told: Told, { form, size, from, to }: Stretch): boolean {
  told.isWhole = to - from === size;
  let bytes = told.forms.get(form);
  if (bytes === undefined) told.forms.set(form, (bytes = new Uint8Array(size)));
  const isNew = bytes.subarray(from, to).includes(0);
  bytes.fill(1, from, to);
  return isNew;
}
