import {
  bottleOf,
  CHAIN_START,
  follows,
  parseLink,
  type ChainHead,
  type FoundLink,
} from '../../gateway/audit/chain.ts';

/** A place where the log is not as it was written. */
export interface Break {
  /** The line of the file, from 1. */
  readonly line: number;
  readonly kind: 'changed' | 'cut' | 'moved';
  readonly reason: string;
}

/** Numbers that were passed over, and the place in `breaks` that says so. */
interface Gap {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** Breaks beyond these say nothing new. */
const MOST_BREAKS = 100;

const CHANGED = 'its hash does not follow: it was changed, or the line before it was together with its hash';

/**
 * Follows a chain from its first line, and tells where it breaks. After a break it goes on from what the line says of
 * itself, so that the lines behind it are judged for themselves.
 */
export class ChainCheck {
  /** Whose log it is; until a line says so, it may be anybody's. */
  #bottle: string | undefined;
  #lastBottle: string | undefined;
  readonly #breaks: Break[] = [];
  readonly #gaps: Gap[] = [];
  #head: ChainHead = CHAIN_START;
  #lines = 0;
  #highest = 0;
  /** After a line that could not be read, the next one's hash cannot be judged. */
  #isBlind = false;

  constructor(bottle?: string) {
    this.#bottle = bottle;
  }

  /** Where the chain stands by what its last line says. */
  get head(): ChainHead {
    return this.#head;
  }

  /** Whole lines so far. */
  get lines(): number {
    return this.#lines;
  }

  /** In the order of the file. */
  get breaks(): readonly Break[] {
    return this.#breaks;
  }

  /** The file's next line, without its end. */
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

  /** Something stands after the end of the last line. */
  unfinished(): void {
    this.#report('changed', 'its end is missing', this.#lines + 1);
  }

  /** A whole chain that holds may be that of another bottle. Where many lines in a row are, the first is named. */
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

  /** Reports what is wrong with the line, and gives the number that it had when it was written. */
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

  /** What seemed to be missing may be the line that stands here. */
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
