import type { Finding, KnownSecret } from './finding.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Form } from './known/forms.ts';
import type { Guesses, Part } from './known/guesses.ts';
import type { Pieces } from './known/pieces.ts';
import type { Match, Search, Unfinished } from './known/search.ts';
import type { PatternScan } from './rules/match.ts';
import { explore } from './views/explore.ts';
import { openEscape } from './views/unescape.ts';
import type { Look, View } from './views/plain.ts';
import type { Texts } from './views/texts.ts';

/** Scans one text whole, and all that it can be decoded to, for known values and for patterns. */

/** Length in bytes from which a part of a long value, usually a private key, is a finding on its own. */
const TELLING_PART = 48;
const MASK = 0x2a;
/** Longest value, in bytes, that is held back until it is complete. A longer value is redacted as it arrives. */
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
  /** Number of leading bytes that an earlier scan included. A match that lies only in them is not reported again. */
  readonly before: number;
  /** Nothing comes after this text. */
  readonly final: boolean;
  /**
   * Position of the first byte in all that was pushed. Undefined if nothing can be redacted: findings then have no
   * span.
   */
  readonly offset: number | undefined;
  /** The text is compressed; another view decodes and inspects it. */
  readonly isCompressed?: true | undefined;
}

export interface Scan {
  readonly findings: readonly Finding[];
  /** How many of the last bytes must wait, because a known value or a pattern may begin in them. */
  readonly unfinished: number;
  /** The parts of known values that these last bytes contain. */
  readonly begun: readonly Part[];
  /**
   * True if there was no finding and no part of a known value. This does not depend on earlier texts or on the time.
   */
  readonly isClean: boolean;
}

/** Returns all findings in `text`. */
export function scan(detectors: Detectors, text: Text): Scan {
  const found = new Found(detectors, text);
  const unexplored = explore(text.bytes, found);
  if (unexplored !== undefined)
    found.add({ detector: 'undecodable', id: unexplored, fingerprint: '' }, unexplored);
  const { findings, unfinished, begun, hasParts } = found;
  return { findings, unfinished, begun, isClean: findings.length === 0 && !hasParts };
}

interface Place {
  readonly what: What;
  readonly at: number;
  readonly length: number;
  readonly disguise: string;
  /** The scan before saw it. That scan left a match at the very end of its text to this one. */
  readonly isOld: boolean;
}

/** The encoding without a search for patterns: a git push contains code with examples and test data, in zlib. */
const NO_PATTERNS = 'deflate';

type What = Pick<Finding, 'detector' | 'id' | 'fingerprint' | 'advisory' | 'isLikely' | 'stretch'>;

class Found implements Look {
  readonly findings: Finding[] = [];
  unfinished = 0;
  readonly begun: Part[] = [];
  /** Whether parts of known values were found. */
  hasParts = false;
  readonly wantsAll: boolean;
  readonly wantsEnds: boolean;
  readonly isCompressed: boolean;
  readonly wantsWords: boolean;
  #masked: Uint8Array | undefined;
  /** Matches by rule, value and decodings: undoing escapes, and reading word by word, matches them again. */
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
    this.wantsWords = detectors.patterns.isEmpty !== true;
  }

  /** Returns the view with the found values masked, so that the next decoding does not find them again. */
  values(view: View, { stretches }: Texts): Uint8Array {
    if (!this.#text.final) this.#wait(view);
    this.#masked = undefined;
    for (const match of this.#detectors.search.matches(view.bytes, stretches)) this.#known(view, match);
    return this.#masked ?? view.bytes;
  }

  /** Masks nothing: a client that encodes a secret chooses the text around it, and so decides which patterns match. */
  patterns(view: View, { stretches }: Texts): void {
    if (view.encoding.includes(NO_PATTERNS)) return;
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

  /** Caches fingerprints, because the same value is often found again. */
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
      return this.#at(view, { what: revealedPartOf(match), at, length, disguise: form.disguise, isOld });
    }
    this.hasParts = true;
    if (this.#isHeldWhole(view, match)) return;
    const { pieces, nowMs } = this.#detectors;
    if (pieces.note(match, nowMs())) this.add(revealedPartOf(match), 'pieces');
  }

  /**
   * Whether the match is a beginning at the end of the text that is held back, scanned again and then redacted: no part
   * of it leaves alone. A decoded value cannot be redacted, and in an archive among other bytes it has already left.
   */
  #isHeldWhole({ bytes, encoding }: View, { at, from, to }: Match): boolean {
    const isBeginning = from === 0 && at + to === bytes.length && encoding.length === 0;
    return isBeginning && this.#text.offset !== undefined && this.unfinished >= to;
  }

  /**
   * Whether the match waits for the rest of the value. If it were redacted now, the rest could no longer be recognized.
   */
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
      // Its position before decoding is not known.
      if (wait > 0) this.unfinished = this.#text.bytes.length;
    }
  }

  #begun({ length, matches }: Unfinished): number {
    for (const match of matches) this.begun.push(revealedPartOf(match));
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

/** Returns the secret and the part of it that matched. */
export function revealedPartOf({ form, from, to }: Match): Part {
  let name = formNames.get(form);
  if (name === undefined)
    formNames.set(form, (name = fingerprintOf(Buffer.from(form.bytes).toString('latin1'))));
  return { ...namedBy(form.secret), stretch: { form: name, size: form.bytes.length, from, to } };
}
