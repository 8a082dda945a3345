import type { Finding, KnownSecret } from './finding.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Form } from './known/forms.ts';
import type { Guesses, Part } from './known/guesses.ts';
import type { Pieces } from './known/pieces.ts';
import type { Match, Search, Unfinished } from './known/search.ts';
import type { PatternScan } from './rules/match.ts';
import { explore } from './views/explore.ts';
import { openEscape } from './views/open-escape.ts';
import type { Look, View } from './views/plain.ts';
import type { Texts } from './views/texts.ts';
import { budgetFor } from './views/tries.ts';

/** One text looked at whole: itself and all that it can be decoded to, for known values and for patterns. */

/** So much of a long value, a private key most of all, is a finding by itself. */
const TELLING_PART = 48;
const MASK = 0x2a;
/** A value that is longer is cut out as it comes: not all of it would wait. */
const LONGEST_AWAITED = 4 * 1024;

export interface Detectors {
  readonly search: Search;
  readonly patterns: PatternScan;
  readonly pieces: Pick<Pieces, 'note'>;
  readonly guesses: Pick<Guesses, 'isOver' | 'note' | 'ofBody'>;
  readonly nowMs: () => number;
}

export interface Text {
  readonly bytes: Uint8Array;
  readonly host: string;
  readonly where: string;
  /** So much at the beginning was part of an earlier scan: what lies in it alone is not told again. */
  readonly before: number;
  /** Nothing comes after it. */
  readonly final: boolean;
  /** What the first byte's place is in all that was pushed; undefined where nothing can be cut out, and findings have no span. */
  readonly offset: number | undefined;
  /** It is compressed, and what it decodes to is looked at elsewhere. */
  readonly isCompressed?: true | undefined;
  /** Hardly anybody's text: of its encodings only so many are looked at, and no patterns. */
  readonly arePixels?: boolean | undefined;
}

export interface Scan {
  readonly findings: readonly Finding[];
  /** How many of the last bytes must wait, because something could begin in them. */
  readonly unfinished: number;
  /** Which parts of known values these are. */
  readonly begun: readonly Part[];
  /** Whether there was not even a part of a known value: so it is whatever came before, and at any time. */
  readonly isClean: boolean;
}

/** All that is found in `text`; findings with a span come first. */
export function scan(detectors: Detectors, text: Text): Scan {
  const found = new Found(detectors, text);
  const unexplored = explore(text.bytes, found, budgetFor(text.bytes.length, text.arePixels));
  if (unexplored !== undefined && !(text.arePixels && unexplored === 'nesting'))
    found.add({ detector: 'undecodable', id: unexplored, fingerprint: '' }, unexplored);
  const { findings, unfinished, begun, hasParts } = found;
  return { findings, unfinished, begun, isClean: findings.length === 0 && !hasParts };
}

interface Place {
  readonly what: What;
  readonly at: number;
  readonly length: number;
  readonly disguise: string;
  /** Seen in the scan before. A match that ends where that ended was left for this one. */
  readonly isOld: boolean;
}

/** Objects of git packs, since what is pushed to a forge is code with its examples and test data; and pixels. */
const NO_PATTERNS = ['deflate', 'png'];

type What = Pick<Finding, 'detector' | 'id' | 'fingerprint' | 'advisory' | 'isLikely' | 'stretch'>;

class Found implements Look {
  readonly findings: Finding[] = [];
  unfinished = 0;
  readonly begun: Part[] = [];
  /** Whether parts of known values were noted. */
  hasParts = false;
  readonly wantsAll: boolean;
  readonly wantsEnds: boolean;
  readonly isCompressed: boolean;
  readonly wantsWords: boolean;
  #masked: Uint8Array | undefined;
  /** What was matched, by rule, value and decodings: undoing escapes, and reading word by word, matches it again. */
  readonly #matched = new Set<string>();
  readonly #fingerprints = new Map<string, string>();
  readonly #detectors: Detectors;
  readonly #text: Text;

  constructor(detectors: Detectors, text: Text) {
    this.#detectors = detectors;
    this.#text = text;
    this.wantsEnds = !text.final;
    this.isCompressed = text.isCompressed === true;
    this.wantsAll = detectors.search.wantsAll() || detectors.patterns.wantsAll === true;
    this.wantsWords = text.arePixels !== true && detectors.patterns.isEmpty !== true;
  }

  /** Gives the view with the values masked that were found, so that they are not found again one decoding further. */
  values(view: View, { stretches }: Texts): Uint8Array {
    if (!this.#text.final) this.#wait(view);
    this.#masked = undefined;
    for (const match of this.#detectors.search.matches(view.bytes, stretches)) this.#known(view, match);
    return this.#masked ?? view.bytes;
  }

  /** Masks nothing: whoever sends a secret in an encoding chooses what stands around it, and so what matches. */
  patterns(view: View, { stretches }: Texts): void {
    if (this.#text.arePixels || NO_PATTERNS.some((kind) => view.encoding.includes(kind))) return;
    const { patterns } = this.#detectors;
    for (const { rule, secret, at, end, isOpen } of patterns(view.bytes, stretches, this.#text.final)) {
      if (isOpen) {
        if (view.encoding.length === 0) this.unfinished = Math.max(this.unfinished, view.bytes.length - at);
        continue;
      }
      const fingerprint = this.#fingerprintOf(secret);
      const decodings = view.encoding.filter((coding) => coding !== 'escaped');
      const isHere = view.encoding.length === 0;
      const key = [rule.id, fingerprint, ...decodings].join(' ');
      if (!isHere && this.#matched.has(key)) continue;
      this.#matched.add(key);
      const what: What = {
        detector: rule.detector ?? 'pattern',
        id: rule.id,
        fingerprint,
        ...(rule.advisory && { advisory: true }),
        ...(rule.isLikely && { isLikely: true }),
      };
      this.#at(view, { what, at, length: secret.length, disguise: 'raw', isOld: end < this.#text.before });
    }
  }

  add(what: What, encoding: string, span?: readonly [number, number]): void {
    this.findings.push({ ...what, where: this.#text.where, encoding, ...(span && { span }) });
  }

  /** The same is often found again. */
  #fingerprintOf(secret: string): string {
    let fingerprint = this.#fingerprints.get(secret);
    if (fingerprint === undefined) this.#fingerprints.set(secret, (fingerprint = fingerprintOf(secret)));
    return fingerprint;
  }

  #known(view: View, match: Match): void {
    const { form, at, from, to } = match;
    const length = to - from;
    const isAll = length === form.bytes.length;
    if (isAll || length >= TELLING_PART) {
      if (this.#goesOn(view, match)) return this.#mask(view, at, length);
      const end = at + length;
      const isOld = isAll ? end <= this.#text.before : end < this.#text.before;
      this.#mask(view, at, length);
      return this.#at(view, { what: toldOf(match), at, length, disguise: form.disguise, isOld });
    }
    this.hasParts = true;
    if (this.#isHeldWhole(view, match)) return;
    const { pieces, nowMs } = this.#detectors;
    if (pieces.note(match, nowMs())) this.add(toldOf(match), 'pieces');
  }

  /**
   * Whether it is a beginning that waits to be looked at again, and then to be cut out: nothing of it leaves by itself. What is
   * decoded cannot be cut out, and of an archive among other bytes it has left.
   */
  #isHeldWhole({ bytes, encoding }: View, { at, from, to }: Match): boolean {
    const isBeginning = from === 0 && at + to === bytes.length && encoding.length === 0;
    return isBeginning && this.#text.offset !== undefined && this.unfinished >= to;
  }

  /** Whether it waits for the rest: cut out now, it would leave that without what tells whose it is. */
  #goesOn({ bytes, encoding }: View, { form, at, from, to }: Match): boolean {
    const isOpen = to < form.bytes.length && form.bytes.length <= LONGEST_AWAITED && !this.#text.final;
    const isAtEnd = at + to - from === bytes.length && encoding.length === 0;
    if (!isOpen || !isAtEnd || this.#text.offset === undefined) return false;
    this.hasParts = true;
    return this.unfinished >= to - from;
  }

  #mask(view: View, at: number, length: number): void {
    this.#masked ??= new Uint8Array(view.bytes);
    this.#masked.fill(MASK, at, at + length);
  }

  #at(view: View, { what, at, length, disguise, isOld }: Place): void {
    const isHere = view.encoding.length === 0;
    if (isHere && isOld) return;
    const codings = disguise === 'raw' ? view.encoding : [...view.encoding, disguise];
    const { offset } = this.#text;
    const span = isHere && offset !== undefined ? ([offset + at, offset + at + length] as const) : undefined;
    this.add(what, codings.join('>') || 'raw', span);
  }

  #wait(view: View): void {
    const { search } = this.#detectors;
    if (view.encoding.length > 0 && this.unfinished === this.#text.bytes.length) return;
    const open = openEscape(view.bytes);
    const bytes = open === 0 ? view.bytes : view.bytes.subarray(0, view.bytes.length - open);
    const wait = this.#begun(search.unfinished(bytes));
    if (view.encoding.length === 0) {
      if (wait > 0) this.unfinished = Math.max(this.unfinished, wait + open);
    } else {
      // Where it began before it was encoded is not known.
      if (wait > 0) this.unfinished = this.#text.bytes.length;
    }
  }

  #begun({ length, matches }: Unfinished): number {
    for (const match of matches) this.begun.push(toldOf(match));
    return length;
  }
}

const names = new WeakMap<KnownSecret, What>();

function namedBy(secret: KnownSecret): What {
  let what = names.get(secret);
  if (what === undefined) {
    what = { detector: secret.kind, id: secret.name, fingerprint: fingerprintOf(secret.value.trim()) };
    names.set(secret, what);
  }
  return what;
}

const formNames = new WeakMap<Form, string>();

/** The secret, and how much of it is there. */
export function toldOf({ form, from, to }: Match): Part {
  let name = formNames.get(form);
  if (name === undefined)
    formNames.set(form, (name = fingerprintOf(Buffer.from(form.bytes).toString('latin1'))));
  return { ...namedBy(form.secret), stretch: { form: name, size: form.bytes.length, from, to } };
}
