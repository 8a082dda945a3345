import {
  bottleOf,
  CHAIN_START,
  follows,
  parseLink,
  type ChainHead,
  type FoundLink,
} from '../../gateway/audit/chain.ts';

/** A place where the log differs from what the gateway wrote. */
export interface Break {
  /** Line number in the file, from 1. */
  readonly line: number;
  readonly kind: 'changed' | 'cut' | 'moved';
  readonly reason: string;
}

/** A range of missing line numbers, and the index in `breaks` of its report. */
interface Gap {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** Maximum number of reported breaks; more add no information. */
const MOST_BREAKS = 100;

const CHANGED = 'its hash does not follow: it was changed, or the line before it was together with its hash';

/**
 * Follows a hash chain from its first line and reports where it breaks. After a break it continues with the number and
 * the hash in the line itself, so that it judges later lines on their own.
 */
export class ChainCheck {
  /** Id of the bottle; undefined until a line names it. */
  #bottle: string | undefined;
  #lastBottle: string | undefined;
  readonly #breaks: Break[] = [];
  readonly #gaps: Gap[] = [];
  #head: ChainHead = CHAIN_START;
  #lines = 0;
  #highest = 0;
  /** Set after an unreadable line: the hash of the next line cannot be judged. */
  #isBlind = false;

  constructor(bottle?: string) {
    this.#bottle = bottle;
  }

  /** The head of the chain according to the last line. */
  get head(): ChainHead {
    return this.#head;
  }

  /** Number of whole lines so far. */
  get lines(): number {
    return this.#lines;
  }

  /** In the order of the file. */
  get breaks(): readonly Break[] {
    return this.#breaks;
  }

  /** Checks the next line of the file, without its line end. */
  next(text: string): void {
    this.#lines += 1;
    const found = parseLink(text);
    this.#head =
      found === undefined
        ? { seq: this.#unreadable(), hash: '' }
        : { seq: this.#judge(found), hash: found.hash };
    if (found !== undefined) this.#compareBottle(bottleOf(text));
    this.#isBlind = found === undefined;
    this.#highest = Math.max(this.#highest, this.#head.seq);
  }

  /** Reports text after the end of the last line. */
  unfinished(): void {
    this.#report('changed', 'its end is missing', this.#lines + 1);
  }

  /** Reports a line of another bottle's log, whose chain may be intact. Reports only the first of several in a row. */
  #compareBottle(bottle: string | undefined): void {
    this.#bottle ??= bottle;
    if (bottle !== undefined && bottle !== this.#bottle && bottle !== this.#lastBottle)
      this.#report('moved', `it is of the log of another bottle, ${bottle}`);
    this.#lastBottle = bottle;
  }

  #unreadable(): number {
    this.#report('changed', 'it is not a line as the gateway writes them');
    return this.#head.seq + 1;
  }

  /** Reports what is wrong with the line and returns its original number. */
  #judge(found: FoundLink): number {
    const { seq, hash } = this.#head;
    const expected = seq + 1;
    if (found.seq === expected) {
      if (!this.#isBlind && !follows(hash, found)) this.#doesNotFollow();
      return expected;
    }
    if (follows(hash, withSeq(found, expected))) {
      this.#report('changed', `its number was changed to ${found.seq}`);
      return expected;
    }
    if (found.seq <= this.#highest) this.#moved(found.seq);
    else if (found.seq > this.#highest + 1) this.#cut(found.seq - 1);
    else this.#doesNotFollow();
    return found.seq;
  }

  #doesNotFollow(): void {
    const { seq } = this.#head;
    if (seq === this.#highest) this.#report('changed', CHANGED);
    else this.#report('moved', `it stands behind line ${seq}, and not behind line ${this.#highest}`);
  }

  #cut(to: number): void {
    const from = this.#highest + 1;
    if (this.#breaks.length < MOST_BREAKS) this.#gaps.push({ from, to, at: this.#breaks.length });
    this.#report('cut', `${linesFrom(from, to)} missing before it`);
  }

  /** Reports a moved line. If its number was reported as missing, that report becomes `moved` too. */
  #moved(seq: number): void {
    const gap = this.#gaps.find(({ from, to }) => from <= seq && seq <= to);
    const cut = gap === undefined ? undefined : this.#breaks[gap.at];
    if (gap !== undefined && cut !== undefined) {
      this.#breaks[gap.at] = {
        ...cut,
        kind: 'moved',
        reason: `${linesFrom(gap.from, gap.to)} not in place before it`,
      };
    }
    this.#report('moved', `it says that it is line ${seq}`);
  }

  #report(kind: Break['kind'], reason: string, line = this.#lines): void {
    if (this.#breaks.length < MOST_BREAKS) this.#breaks.push({ line, kind, reason });
  }
}

function withSeq({ counted, hash }: FoundLink, seq: number): FoundLink {
  return { seq, hash, counted: counted.replace(/\d+$/, String(seq)) };
}

const linesFrom = (from: number, to: number): string =>
  from === to ? `line ${from} is` : `lines ${from} to ${to} are`;
