import { actionOn, type Actions } from '../actions.ts';
import type { Finding, Stretch } from '../finding.ts';

/**
 * What refusals tell: who knows the beginning of a secret tries how it goes on, and the one that is refused is right. Each such step
 * has something of the secret in it that none before had; an honest history that is refused each turn has nothing new. The end of a
 * body that waits tells the same, to a host that sees how much has come.
 */

/**
 * So many steps are no honest agent's file in pieces any more. Each tells one character or, with all combinations of them in megabytes
 * of guesses, three.
 */
const TOO_MANY_STEPS = 8;
/** What stands at an end by chance is no longer. */
const LONGEST_CHANCE = 3;

/** Of a known value, what was found of it. */
export type Part = Pick<Finding, 'detector' | 'id' | 'fingerprint' | 'stretch'>;

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
  note(findings: readonly Part[], actions: Actions): void {
    const action = actionOn('secret', actions);
    if (action === 'warn') this.#noteWhole(findings);
    else for (const [told, parts] of this.#newIn(findings)) this.#step(told, action === 'redact' ? parts : 1);
  }

  /**
   * To be told of each look at one body: what its end waits for, and whether some of it has gone on. By that who gets the rest sees that it is
   * right, also where a secret is only warned of. What is new is a step; what then goes on rightly in the same body is none, as it was not
   * tried: it may be typed. Nor is it known by that: in another body it is new.
   */
  ofBody(): (begun: readonly Part[], hasGoneOn: boolean) => void {
    const counted = new Set<Told>();
    return (begun, hasGoneOn) => {
      if (hasGoneOn) counted.clear();
      const telling = begun.filter(({ stretch }) => stretch && stretch.to - stretch.from > LONGEST_CHANCE);
      const others = telling.filter(({ fingerprint, id }) => !counted.has(this.#of(fingerprint, id)));
      for (const told of this.#newIn(others).keys()) {
        this.#step(told, 1);
        counted.add(told);
      }
    };
  }

  /** Of which secrets there is something new, and in how many parts of it in one spelling. */
  #newIn(parts: readonly Part[]): ReadonlyMap<Told, number> {
    this.#noteWhole(parts);
    const news = new Map<Told, Map<string, number>>();
    for (const { detector, id, fingerprint, stretch } of parts) {
      if (stretch === undefined || detector !== 'secret') continue;
      const told = this.#of(fingerprint, id);
      if (told.isWhole || !addTo(told, stretch)) continue;
      const forms = news.get(told) ?? new Map<string, number>();
      news.set(told, forms.set(stretch.form, (forms.get(stretch.form) ?? 0) + 1));
    }
    return new Map([...news].map(([told, forms]) => [told, Math.max(...forms.values())]));
  }

  #noteWhole(parts: readonly Part[]): void {
    for (const { fingerprint, id, stretch } of parts) {
      if (stretch !== undefined && stretch.to - stretch.from === stretch.size)
        this.#of(fingerprint, id).isWhole = true;
    }
  }

  #step(told: Told, steps: number): void {
    told.steps += steps;
    if (told.steps < TOO_MANY_STEPS || this.#isOver) return;
    this.#isOver = true;
    this.#tell?.(told.name);
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
  let bytes = told.forms.get(form);
  if (bytes === undefined) told.forms.set(form, (bytes = new Uint8Array(size)));
  const isNew = bytes.subarray(from, to).includes(0);
  bytes.fill(1, from, to);
  return isNew;
}
